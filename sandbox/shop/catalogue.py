"""Puts the goods into Oscar's catalogue: classes, categories, stock and pictures."""

from django.core.files.base import ContentFile
from oscar.apps.catalogue.categories import create_from_breadcrumbs
from oscar.core.loading import get_model

from . import covers
from .goods import SHELVES, Good, Shelf

Category = get_model("catalogue", "Category")
Country = get_model("address", "Country")
Partner = get_model("partner", "Partner")
Product = get_model("catalogue", "Product")
ProductClass = get_model("catalogue", "ProductClass")
ProductImage = get_model("catalogue", "ProductImage")
Range = get_model("offer", "Range")
StockRecord = get_model("partner", "StockRecord")

IN_STOCK = 250
COUNTRIES = {
    "GB": ("GBR", "826", "United Kingdom"),
    "IE": ("IRL", "372", "Ireland"),
    "GR": ("GRC", "300", "Greece"),
    "PL": ("POL", "616", "Poland"),
    "FR": ("FRA", "250", "France"),
}


def fill() -> int:
    """Bring in what is not there yet. Returns how many products are new."""
    _countries()
    partner, _ = Partner.objects.get_or_create(code="larkfield", defaults={"name": "Larkfield"})
    new = 0
    for shelf in SHELVES:
        category = create_from_breadcrumbs(shelf.name)
        _range(shelf, category)
        known = set(Product.objects.filter(categories=category).values_list("upc", flat=True))
        missing = [good for good in shelf.goods if good.upc not in known]
        for good in missing:
            _product(good, shelf, category, partner)
        new += len(missing)
    return new


def _countries() -> None:
    for code, (alpha3, numeric, name) in COUNTRIES.items():
        Country.objects.get_or_create(
            iso_3166_1_a2=code,
            defaults={
                "iso_3166_1_a3": alpha3,
                "iso_3166_1_numeric": numeric,
                "printable_name": name,
                "name": name,
                "is_shipping_country": True,
            },
        )


def _range(shelf: Shelf, category: Category) -> None:
    """Staff name products by range, in Oscar's offers and in the programme alike."""
    goods, _ = Range.objects.get_or_create(name=shelf.name)
    goods.included_categories.add(category)


def _product(good: Good, shelf: Shelf, category: Category, partner: Partner) -> None:
    product = Product.objects.create(
        upc=good.upc,
        title=good.title,
        description=f"<p>{good.description} {good.maker}.</p>",
        product_class=_product_class(shelf.product_class),
    )
    product.attr.maker = good.maker
    product.attr.save()
    product.categories.add(category)
    StockRecord.objects.create(
        product=product,
        partner=partner,
        partner_sku=good.upc,
        price=good.price,
        num_in_stock=IN_STOCK,
    )
    picture = ContentFile(covers.draw(good, shelf.name), name=f"{good.upc}.jpg")
    ProductImage.objects.create(product=product, original=picture, caption=good.title)


def _product_class(name: str) -> ProductClass:
    product_class, _ = ProductClass.objects.get_or_create(name=name)
    product_class.attributes.get_or_create(
        code="maker", defaults={"name": "Author" if name == "Book" else "Maker"}
    )
    return product_class
