/* Log bytes as safe HTML: colours become classes, everything else that steers a terminal or a reader is taken out. */
#ifndef VIEW_ANSI_H
#define VIEW_ANSI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum { ANSI_PARAMS = 24 };

/* What a log's earlier bytes leave for its later ones. All zero is the beginning of a log. It owns nothing: copy it freely. */
struct ansi {
	uint8_t fg, bg;	   /* 0: the default, else 1 + index of the sixteen colours */
	uint8_t style;	   /* bits of bold, dim, italic, underline, inverse */
	uint8_t state;	   /* where in an escape sequence we are */
	uint8_t params;	   /* numbers of a CSI sequence so far */
	bool foreign;	   /* the CSI sequence is none that sets colours */
	bool returned;	   /* a carriage return waits: more text replaces what the line shows so far */
	uint8_t need;	   /* bytes that the UTF-8 character still lacks */
	uint8_t low, high; /* what the next of them may be */
	uint32_t point;	   /* its bits so far */
	uint32_t sub;	   /* bit i: number i was written behind a colon */
	uint16_t number[ANSI_PARAMS];
	uint16_t string; /* bytes swallowed of an OSC, DCS or like string */
};

/*
 * Appends the HTML of `len` bytes of one line (without its newline; one inside is dropped). The fragment is balanced and valid
 * UTF-8 by itself: colours and bold are <span class="a-red a-bold">, opened anew in each call. Classes: a-bold a-dim a-italic
 * a-underline a-inverse, a-COLOUR and a-bg-COLOUR with black red green yellow blue magenta cyan white and bright-black ...
 * bright-white (256 and 24-bit colours become the nearest of these); a-esc marks a direction override, shown as \u202E. Escape
 * sequences, C0 but tab, and C1 are left out, broken UTF-8 becomes U+FFFD, of a line that rewrites itself by carriage returns the
 * last text stays. ended: the line ends here, and what was unfinished ends with it; else a sequence cut in two goes on in the
 * next call. Any thread; one log's state in one thread at a time.
 */
void ansi_line(struct ansi *s, const char *bytes, size_t len, bool ended, struct buf *out);

#endif
