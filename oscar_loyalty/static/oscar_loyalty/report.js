/* Draws the picture of a report beside its table, which says the same. */
(function () {
    "use strict";

    var canvas = document.getElementById("loyalty-chart");
    var said = document.getElementById("loyalty-chart-figures");
    if (!canvas || !said || !window.Chart) {
        return;
    }
    var picture = JSON.parse(said.textContent);
    var rtl = getComputedStyle(canvas).direction === "rtl";
    var colours = ["#0a6ebd", "#b5510b", "#2a7d4f", "#7b3fa0", "#8a6d00"];
    var dashes = [[], [6, 4], [2, 3], [10, 4, 2, 4], [1, 1]];

    canvas.parentElement.hidden = false;
    new window.Chart(canvas, {
        type: picture.shape === "line" ? "line" : "bar",
        data: {
            labels: picture.labels,
            datasets: picture.series.map(function (one, place) {
                return {
                    label: one.title,
                    data: one.figures,
                    borderColor: colours[place % colours.length],
                    backgroundColor: colours[place % colours.length],
                    borderDash: picture.shape === "line" ? dashes[place % dashes.length] : [],
                    spanGaps: false
                };
            })
        },
        options: {
            animation: false,
            maintainAspectRatio: false,
            layout: {padding: rtl ? {left: 32} : {right: 32}},
            scales: {
                x: {reverse: rtl, stacked: picture.shape === "stacked"},
                y: {
                    beginAtZero: true,
                    position: rtl ? "right" : "left",
                    stacked: picture.shape === "stacked",
                    ticks: {
                        callback: function (value) {
                            return value.toLocaleString(document.documentElement.lang || undefined) + picture.unit;
                        }
                    }
                }
            },
            plugins: {
                legend: {rtl: rtl, display: picture.series.length > 1},
                tooltip: {rtl: rtl}
            }
        }
    });
})();
