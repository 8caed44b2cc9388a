"""The HTML pages."""

from html import escape

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>{title}</title>
</head>
<body>
<h1>{title}</h1>
{body}
<footer>Version {version}</footer>
</body>
</html>
"""

FORM = """<form method="post" action="/">
<label>Note <input name="text" required></label>
<button>Save</button>
</form>
"""


def greeting(text, version):
    return PAGE.format(title=escape(text), body="<p>This application keeps nothing.</p>", version=version)


def notes(found, version):
    items = "".join(f'<li id="note-{note["id"]}">{escape(note["text"])}</li>\n' for note in found)
    return PAGE.format(title="Notes", body=f"{FORM}<ul>\n{items}</ul>", version=version)


def unavailable(version):
    return PAGE.format(title="Notes", body="<p>The database does not answer.</p>", version=version)
