"""The audit trail as its page shows it."""
import html
import re

OBJECT = re.compile(r'<td data-name="(?:对象|On what)"[^>]*>(?:<a href="([^"]*)">)?([^<]*)')
CELL = re.compile(r'<td data-name="(?:详情|Particulars)" class="small"><span( lang="en"| class="soft")?>(.*?)</span></td>',
                  re.S)  # a setting may have lines


def particulars(client, language, query=""):
    """The particulars of all lines that the query finds, newest first: (text, whether it is marked as English)."""
    found, path = [], f"/admin/audit{query}"
    while path:
        page = client.get(path, headers={"Accept-Language": language})
        assert page.status_code == 200, (path, page.status_code)
        cells = CELL.findall(page.text)
        assert len(cells) == page.text.count("<tr><td"), path
        found += [(html.unescape(text), "en" in mark) for mark, text in cells if "soft" not in mark]
        older = re.search(r'<a href="([^"]*)" rel="next">', page.text)
        path = older and html.unescape(older[1])
    return found


def objects(client, language, query):
    """What the lines of a page of the trail are about, newest first: (text, address or "")."""
    page = client.get(f"/admin/audit{query}", headers={"Accept-Language": language})
    assert page.status_code == 200, (query, page.status_code)
    return [(html.unescape(text), html.unescape(href)) for href, text in OBJECT.findall(page.text)]
