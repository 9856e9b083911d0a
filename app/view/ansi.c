/* Log bytes as safe HTML: decodes UTF-8, follows escape sequences, prints text in colour classes. */
#include "view/ansi.h"

#include <string.h>

#include "base/buf.h"

enum state { GROUND, ESCAPE, ESCAPE_MORE, CSI, CSI_REST, STRING, STRING_ESCAPE };
enum { BOLD = 1, DIM = 2, ITALIC = 4, UNDERLINE = 8, INVERSE = 16 };
enum { STRING_MAX = 8192 }; /* a string that nobody ends must not swallow the log */
enum { REPLACEMENT = 0xfffd };

static const char *const colours[16] = { "black",	 "red",		  "green",	 "yellow",	   "blue",
					 "magenta",	 "cyan",	  "white",	 "bright-black",   "bright-red",
					 "bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan",
					 "bright-white" };

/* The output of one call, with the place where its line's visible text begins. */
struct writer {
	struct ansi *s;
	struct buf *out;
	size_t start;
	bool span; /* a span is open */
};

/* ---- text ---- */

static void open_span(struct writer *w)
{
	const struct ansi *s = w->s;
	if (w->span || !(s->fg | s->bg | s->style))
		return;
	static const char *const styles[] = { "a-bold", "a-dim", "a-italic", "a-underline", "a-inverse" };
	uint8_t fg = s->style & INVERSE ? s->bg : s->fg, bg = s->style & INVERSE ? s->fg : s->bg;
	const char *gap = "";
	buf_puts(w->out, "<span class=\"");
	for (int i = 0; i < 5; i++)
		if (s->style & 1 << i) {
			buf_printf(w->out, "%s%s", gap, styles[i]);
			gap = " ";
		}
	if (fg) {
		buf_printf(w->out, "%sa-%s", gap, colours[fg - 1]);
		gap = " ";
	}
	if (bg)
		buf_printf(w->out, "%sa-bg-%s", gap, colours[bg - 1]);
	buf_puts(w->out, "\">");
	w->span = true;
}

static void close_span(struct writer *w)
{
	if (w->span)
		buf_puts(w->out, "</span>");
	w->span = false;
}

/* Text comes after a carriage return: what the line showed so far is written over. */
static void write_over(struct writer *w)
{
	if (!w->s->returned)
		return;
	w->s->returned = false;
	if (w->out->len > w->start) {
		w->out->len = w->start;
		w->out->data[w->start] = 0;
	}
	w->span = false;
}

static void text(struct writer *w, const char *bytes, size_t len)
{
	write_over(w);
	open_span(w);
	buf_html(w->out, bytes, len);
}

static bool overrides_direction(uint32_t c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void character(struct writer *w, uint32_t c)
{
	char b[4];
	size_t n = 0;
	if (overrides_direction(c)) {
		write_over(w);
		open_span(w);
		buf_printf(w->out, "<span class=\"a-esc\">\\u%04X</span>", (unsigned)c);
		return;
	}
	if (c < 0x80) {
		b[n++] = (char)c;
	} else if (c < 0x800) {
		b[n++] = (char)(0xc0 | c >> 6);
		b[n++] = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		b[n++] = (char)(0xe0 | c >> 12);
		b[n++] = (char)(0x80 | (c >> 6 & 0x3f));
		b[n++] = (char)(0x80 | (c & 0x3f));
	} else {
		b[n++] = (char)(0xf0 | c >> 18);
		b[n++] = (char)(0x80 | (c >> 12 & 0x3f));
		b[n++] = (char)(0x80 | (c >> 6 & 0x3f));
		b[n++] = (char)(0x80 | (c & 0x3f));
	}
	text(w, b, n);
}

/* ---- colours ---- */

static unsigned distance(const uint8_t a[3], const uint8_t b[3])
{
	unsigned d = 0;
	for (int i = 0; i < 3; i++)
		d += (unsigned)((a[i] - b[i]) * (a[i] - b[i]));
	return d;
}

/* 1 + index of the nearest of the sixteen, as xterm draws them. */
static uint8_t nearest(unsigned r, unsigned g, unsigned b)
{
	static const uint8_t table[16][3] = { { 0, 0, 0 },	 { 205, 0, 0 },	  { 0, 205, 0 },   { 205, 205, 0 },
					      { 0, 0, 238 },	 { 205, 0, 205 }, { 0, 205, 205 }, { 229, 229, 229 },
					      { 127, 127, 127 }, { 255, 0, 0 },	  { 0, 255, 0 },   { 255, 255, 0 },
					      { 92, 92, 255 },	 { 255, 0, 255 }, { 0, 255, 255 }, { 255, 255, 255 } };
	const uint8_t want[3] = { (uint8_t)(r > 255 ? 255 : r), (uint8_t)(g > 255 ? 255 : g), (uint8_t)(b > 255 ? 255 : b) };
	int best = 0;
	for (int i = 1; i < 16; i++)
		if (distance(want, table[i]) < distance(want, table[best]))
			best = i;
	return (uint8_t)(best + 1);
}

static uint8_t of_256(unsigned n)
{
	if (n < 16)
		return (uint8_t)(n + 1);
	if (n > 255)
		return 0;
	if (n >= 232)
		return nearest(8 + (n - 232) * 10, 8 + (n - 232) * 10, 8 + (n - 232) * 10);
	static const unsigned step[] = { 0, 95, 135, 175, 215, 255 };
	return nearest(step[(n - 16) / 36], step[(n - 16) / 6 % 6], step[(n - 16) % 6]);
}

static bool is_sub(const struct ansi *s, int i)
{
	return s->sub >> i & 1;
}

/* 38 or 48 at number i: 5;n or 2;r;g;b, or the same behind colons, with a colour space in between. Returns the last number used.
 */
static int extended(const struct ansi *s, int i, uint8_t *colour)
{
	const uint16_t *n = s->number;
	int end = i + 1;
	bool colons = end < s->params && is_sub(s, end);
	if (colons)
		while (end < s->params && is_sub(s, end))
			end++;
	else
		end = s->params;
	if (i + 2 < end && n[i + 1] == 5) {
		*colour = of_256(n[i + 2]);
		return colons ? end - 1 : i + 2;
	}
	int space = colons && end - i > 5;
	if (i + 4 + space < end && n[i + 1] == 2) {
		*colour = nearest(n[i + 2 + space], n[i + 3 + space], n[i + 4 + space]);
		return colons ? end - 1 : i + 4;
	}
	return end - 1; /* cut short or unknown: the rest cannot be told from it */
}

static void set_style(struct ansi *s, unsigned n)
{
	static const uint8_t on[] = { [1] = BOLD, [2] = DIM, [3] = ITALIC, [4] = UNDERLINE, [7] = INVERSE };
	static const uint8_t off[] = { [1] = BOLD, [2] = BOLD | DIM, [3] = ITALIC, [4] = UNDERLINE, [7] = INVERSE };
	if (n == 0)
		s->fg = s->bg = s->style = 0;
	else if (n < sizeof on)
		s->style |= on[n];
	else if (n >= 21 && n - 20 < sizeof off)
		s->style &= (uint8_t)~off[n - 20];
	else if (n >= 30 && n <= 37)
		s->fg = (uint8_t)(n - 29);
	else if (n == 39)
		s->fg = 0;
	else if (n >= 40 && n <= 47)
		s->bg = (uint8_t)(n - 39);
	else if (n == 49)
		s->bg = 0;
	else if (n >= 90 && n <= 97)
		s->fg = (uint8_t)(n - 81);
	else if (n >= 100 && n <= 107)
		s->bg = (uint8_t)(n - 91);
}

static void select_rendition(struct writer *w)
{
	struct ansi *s = w->s;
	struct ansi before = *s;
	for (int i = 0; i < s->params; i++) {
		unsigned n = s->number[i];
		if (n == 38 || n == 48)
			i = extended(s, i, n == 38 ? &s->fg : &s->bg);
		else if (n == 4 && i + 1 < s->params && is_sub(s, i + 1))
			set_style(s, s->number[++i] ? 4 : 24);
		else if (!is_sub(s, i))
			set_style(s, n);
	}
	if (before.fg != s->fg || before.bg != s->bg || before.style != s->style)
		close_span(w);
}

/* ---- escape sequences ---- */

static void start_csi(struct ansi *s)
{
	s->state = CSI;
	s->params = 1;
	s->sub = 0;
	s->number[0] = 0;
	s->foreign = false;
}

static void start_string(struct ansi *s)
{
	s->state = STRING;
	s->string = 0;
}

static void in_csi(struct writer *w, uint32_t c)
{
	struct ansi *s = w->s;
	if (c >= '0' && c <= '9') {
		uint16_t *n = &s->number[s->params - 1];
		*n = (uint16_t)(*n > 999 ? 9999 : *n * 10 + (c - '0'));
	} else if (c == ';' || c == ':') {
		if (s->params == ANSI_PARAMS) {
			s->foreign = true;
			return;
		}
		if (c == ':')
			s->sub |= 1u << s->params;
		s->number[s->params++] = 0;
	} else if (c >= '<' && c <= '?') {
		s->foreign = true;
	} else if (c >= ' ' && c <= '/') {
		s->state = CSI_REST;
	} else {
		if (c == 'm' && !s->foreign)
			select_rendition(w);
		s->state = GROUND;
	}
}

/* The character behind ESC, or a C1 character, which means the same. */
static void introduce(struct ansi *s, uint32_t c)
{
	s->state = GROUND;
	if (c == '[')
		start_csi(s);
	else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_')
		start_string(s);
	else if (c >= ' ' && c <= '/')
		s->state = ESCAPE_MORE;
}

static void in_string(struct ansi *s, uint32_t c)
{
	if (s->state == STRING_ESCAPE) {
		if (c == '\\')
			s->state = GROUND;
		else
			introduce(s, c); /* a new sequence ends the string */
	} else if (c == 0x07 || c == 0x9c || ++s->string >= STRING_MAX) {
		s->state = GROUND;
	}
}

static void control(struct writer *w, uint32_t c)
{
	struct ansi *s = w->s;
	if (c == 0x18 || c == 0x1a)
		s->state = GROUND;
	else if (c == 0x1b)
		s->state = s->state == STRING ? STRING_ESCAPE : ESCAPE;
	else if (s->state == STRING || s->state == STRING_ESCAPE)
		in_string(s, c);
	else if (c == '\r')
		s->returned = true;
	else if (c == '\t')
		text(w, "\t", 1);
}

static void point(struct writer *w, uint32_t c)
{
	struct ansi *s = w->s;
	if (c < 0x20) {
		control(w, c);
		return;
	}
	if (c == 0x7f)
		return;
	switch ((enum state)s->state) {
	case GROUND:
		if (c >= 0x80 && c < 0xa0)
			introduce(s, c - 0x40);
		else
			character(w, c);
		break;
	case ESCAPE:
		introduce(s, c);
		break;
	case ESCAPE_MORE:
		if (c > '/')
			s->state = GROUND;
		break;
	case CSI:
		in_csi(w, c);
		break;
	case CSI_REST:
		if (c >= '@')
			s->state = GROUND;
		break;
	case STRING:
	case STRING_ESCAPE:
		in_string(s, c);
		break;
	}
}

/* ---- UTF-8 ---- */

/* Takes a byte that begins a character; what cannot begin one is replaced. */
static void lead(struct writer *w, unsigned char b)
{
	struct ansi *s = w->s;
	s->low = 0x80;
	s->high = 0xbf;
	if (b >= 0xc2 && b <= 0xdf) {
		s->need = 1;
		s->point = b & 0x1f;
	} else if (b >= 0xe0 && b <= 0xef) {
		s->need = 2;
		s->point = b & 0x0f;
		if (b == 0xe0)
			s->low = 0xa0; /* no overlong form */
		if (b == 0xed)
			s->high = 0x9f; /* no surrogate */
	} else if (b >= 0xf0 && b <= 0xf4) {
		s->need = 3;
		s->point = b & 0x07;
		if (b == 0xf0)
			s->low = 0x90;
		if (b == 0xf4)
			s->high = 0x8f; /* at most U+10FFFF */
	} else {
		point(w, b < 0x80 ? b : REPLACEMENT);
	}
}

static void byte(struct writer *w, unsigned char b)
{
	struct ansi *s = w->s;
	if (s->need && b >= s->low && b <= s->high) {
		s->point = s->point << 6 | (b & 0x3f);
		s->low = 0x80;
		s->high = 0xbf;
		if (!--s->need)
			point(w, s->point);
		return;
	}
	if (s->need) {
		s->need = 0;
		point(w, REPLACEMENT);
	}
	lead(w, b);
}

static bool is_plain(unsigned char b)
{
	return b >= 0x20 && b < 0x7f;
}

void ansi_line(struct ansi *s, const char *bytes, size_t len, bool ended, struct buf *out)
{
	struct writer w = { .s = s, .out = out, .start = out->len };
	for (size_t i = 0; i < len;) {
		size_t from = i;
		if (s->state == GROUND && !s->need)
			while (i < len && is_plain((unsigned char)bytes[i]))
				i++;
		if (i > from)
			text(&w, bytes + from, i - from);
		else
			byte(&w, (unsigned char)bytes[i++]);
	}
	if (ended) {
		if (s->need)
			point(&w, REPLACEMENT);
		s->need = 0;
		s->state = GROUND;
		s->returned = false;
	}
	close_span(&w);
}
