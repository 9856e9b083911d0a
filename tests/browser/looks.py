"""What must hold of every page, whatever it shows: by axe-core, and by what axe does not look at."""
import functools

from selenium.webdriver.common.keys import Keys

from stack import outside

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "experimental"]
COLOURS = ("color-contrast", "link-in-text-block")  # the rules whose answer the dark changes
SIZES = ("target-size", "scrollable-region-focusable")  # a phone

AXE = """
const done = arguments[arguments.length - 1];
const without = arguments[1].filter(selector => document.querySelector(selector)).map(selector => [selector]);
axe.run({exclude: without}, {runOnly: arguments[0], rules: {'target-size': {enabled: true}}, resultTypes: ['violations'], elementRef: false})
    .then(found => done(found.violations.map(v => `${v.id}: ${v.help}\\n` + v.nodes.slice(0, 3).map(
        n => `    ${n.target.join(' ')}\\n        ${n.html}\\n        ${n.failureSummary.replace(/\\s+/g, ' ')}`).join('\\n'))),
          broken => done([String(broken)]));
"""

# What is wrong with the page's structure, in words.
STRUCTURE = """
const wrong = [], all = (selector, root) => [...(root || document).querySelectorAll(selector)];
const seen = e => e.checkVisibility({visibilityProperty: true});
const name = e => e.outerHTML.slice(0, 200);
const headings = all('h1, h2, h3, h4, h5, h6').filter(seen), level = h => Number(h.tagName[1]);
if (headings.filter(h => level(h) === 1).length !== 1)
    wrong.push('not one h1');
headings.forEach((h, i) => {
    if (level(h) > (i ? level(headings[i - 1]) + 1 : 1))
        wrong.push(`a gap before the heading ${name(h)}`);
    if (!h.textContent.trim())
        wrong.push('an empty heading');
});
for (const e of all('[style], style, script:not([src]), [onclick], [onload], [onerror], [onsubmit], [onchange]'))
    wrong.push(`inline style or script: ${name(e)}`);
for (const e of all('script[src]').filter(e => !e.defer))
    wrong.push(`a script that is not deferred: ${name(e)}`);
for (const e of all('input:not([type=hidden]), select, textarea'))
    if (![...(e.labels || [])].some(l => l.textContent.trim()) && !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby'))
        wrong.push(`a control without a label: ${name(e)}`);
for (const e of all('a[href], button, summary').filter(seen))
    if (!e.innerText.trim() && !e.getAttribute('aria-label') && !all('img[alt]:not([alt=""])', e).length)
        wrong.push(`a control without words: ${name(e)}`);
for (const form of all('form[method=post]'))
    if (!form.querySelector('[name=csrf]') && document.querySelector('form[action="/logout"]'))
        wrong.push(`a form without its token: ${name(form)}`);
for (const cell of all('.table tbody td'))
    if (!cell.dataset.name && cell.textContent.trim() && !cell.querySelector('form, input'))
        wrong.push(`a cell without its column's name: ${name(cell)}`);
for (const text of all('time:not([datetime])'))
    wrong.push(`a time without its moment: ${name(text)}`);
for (const e of performance.getEntriesByType('resource'))
    if (!e.name.startsWith(location.origin + '/'))
        wrong.push(`asks another host: ${e.name}`);
if (!document.title.includes(' · '))
    wrong.push(`a title without the portal's name: ${document.title}`);
if (!all('link[rel=icon]').length)
    wrong.push('no favicon');
const raw = document.body.innerText.match(/\\b(?:S|Form|Errors|Page)\\.[a-z_.]+|\\b(?:error|notice|reason|status|phase|refused|tab|word)\\.[a-z_]+\\b/);
if (raw)
    wrong.push(`a name in place of its words: ${raw[0]}`);
return wrong;
"""

# What sticks out of the screen, or of the card that it stands in.
OVERFLOW = """
const wrong = [], room = document.scrollingElement;
if (room.scrollWidth > innerWidth)
    wrong.push(`the page is ${room.scrollWidth} wide on a screen of ${innerWidth}`);
for (const e of document.querySelectorAll('.tiles strong, .badge, button, .button, h1, h2, h3, dd, label'))
    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth && !e.closest('.hidden-text'))
        wrong.push(`its words stick out: ${e.outerHTML.slice(0, 160)}`);
for (const e of document.querySelectorAll('body *')) {
    const box = e.getBoundingClientRect();
    if (!box.width || !box.height || !e.checkVisibility({visibilityProperty: true}) || e.closest('.hidden-text, .skip, .table thead, option, svg, .log-part > :nth-child(n+200)'))
        continue;
    const around = e.parentElement.closest('.card, .note, .tiles > li, td, th, .log, .tabs, main, header');
    if (!around || /auto|scroll/.test(getComputedStyle(around).overflowX))
        continue;
    const edge = around.getBoundingClientRect();
    if (box.right > edge.right + 1 || box.left < edge.left - 1)
        wrong.push(`sticks out of ${around.tagName}.${around.className} by ${Math.round(Math.max(box.right - edge.right, edge.left - box.left))}: ` +
                   e.outerHTML.slice(0, 160));
}
return wrong.slice(0, 5);
"""

# Every control in turn, as the Tab key reaches them; a first Tab was pressed, so that focus shows.
FOCUS = """
const wrong = [], name = e => e.outerHTML.slice(0, 160), repeated = arguments[0].join(', ');
const controls = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled && !e.closest(repeated));
for (const e of controls) {
    e.focus();
    if (document.activeElement !== e) {
        wrong.push(`takes no focus: ${name(e)}`);
        continue;
    }
    const style = getComputedStyle(e);
    if (!e.matches(':focus-visible') || style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2)
        wrong.push(`focus does not show: ${name(e)}`);
    const ring = parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset), boxes = [...e.getClientRects()];
    const left = Math.min(...boxes.map(b => b.left)), right = Math.max(...boxes.map(b => b.right));
    for (let a = e.parentElement; a && a !== document.body; a = a.parentElement)
        if (getComputedStyle(a).overflowX !== 'visible') {
            const edge = a.getBoundingClientRect();
            if (left - ring < edge.left - .5 || (right <= edge.right && right + ring > edge.right + .5))
                wrong.push(`its focus ring is cut off by ${a.tagName}.${a.className}: ${name(e)}`);
        }
}
document.activeElement.blur();
scrollTo(0, 0);
return wrong.length > 5 ? [...wrong.slice(0, 5), `${wrong.length} in all`] : wrong;
"""


# What comes again and again is read so often, no more.
REPEATED = [".log-part > :nth-child(n+60)", ".table tbody tr:nth-child(n+20)", ".plain-list > :nth-child(n+10)", "details:nth-of-type(n+8)"]


@functools.cache
def axe_script():
    return outside.axe()


def axe(window, *rules):
    """The violations, each with its elements; of these rules alone, if any are named."""
    if not window.ask("return typeof axe === 'object'"):
        window.ask(axe_script())
    return window.driver.execute_async_script(AXE, {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}, REPEATED)


def structure(window):
    return window.ask(STRUCTURE)


def overflow(window, widths):
    wrong = []
    for width in widths:
        window.look(width)
        wrong += [f"at {width}: {w}" for w in window.ask(OVERFLOW)]
    window.look()
    return wrong


def focus(window):
    window.one("body").send_keys(Keys.TAB)
    return window.ask(FOCUS, REPEATED)
