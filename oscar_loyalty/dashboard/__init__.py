"""
What staff see in Oscar's dashboard.

A list is a `lists.ListPage` with a `columns.ListTable`, mounted by `lists.listed`, which adds its
CSV; a page that changes a row is an `editing.EditPage`; any other is a `pages.StaffPage`. Each asks
for one permission of `access` beside the one to look, and stands in `urls`.
"""
