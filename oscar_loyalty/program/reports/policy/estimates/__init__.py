"""What is found by searching for the likeliest: inexact by nature, so here figures are floats."""
