"""Goes through all pages of a list."""


def pages(catalog, request, between=lambda: None):
    """Every page of ListModels; `between` is called before each further one."""
    while True:
        page = catalog.ListModels(request)
        yield page
        if not page.next_page_token:
            return
        between()
        request.page_token = page.next_page_token


def links(client, path, between=lambda: None, **options):
    """Every answer from `path` on, by the links to the next one."""
    answer = client.get(path, **options)
    while True:
        yield answer
        if "next" not in answer.links:
            return
        between()
        options.pop("params", None)
        answer = client.get(answer.links["next"]["url"], **options)


def ids(models):
    return [model.id for model in models]
