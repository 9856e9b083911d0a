/*
 * The browser's WebSocket of a terminal. nginx has asked portal-web before (is the session good, does the page come from here),
 * and says whose it is in X-Portal-User. The first message is {"ticket", "columns", "rows"}; then text is a new size, and binary
 * is what was typed.
 */
#include "stream/terminal_socket.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "stream/terminal.h"

enum { PIECE = 8 << 10, TEXT_MAX = 512, TICKET_WAIT_S = 10, SIZE_MAX_CELLS = 1000 };

struct place {
	int64_t user_id;
	struct seat *seat;
};

static struct terminals *all_of(struct lws *wsi)
{
	return lws_get_protocol(wsi)->user;
}

/* Whose it is, and that it is for the one address. */
static bool admit(struct lws *wsi, struct place *p)
{
	static const char name[] = "x-portal-user:";
	char uri[64] = "", user[24] = "";
	if (lws_hdr_copy(wsi, uri, sizeof uri, WSI_TOKEN_GET_URI) <= 0 || strcmp(uri, "/stream/terminal"))
		return false;
	if (!p || lws_hdr_custom_copy(wsi, user, sizeof user, name, sizeof name - 1) <= 0)
		return false;
	*p = (struct place){ 0 };
	return str_to_int(user, 1, INT64_MAX, &p->user_id);
}

static int cells(json_object *o, const char *name)
{
	int64_t n = json_int(o, name, 0);
	return n > 0 && n <= SIZE_MAX_CELLS ? (int)n : 0;
}

/* False: the connection is to be closed. */
static bool on_text(struct lws *wsi, struct place *p, const char *text, size_t len)
{
	const char *why;
	struct arena *a = len <= TEXT_MAX ? arena_new(64 << 10) : NULL;
	json_object *o = a && str_is_utf8(text, len) ? json_parse(a, text, len, 4, &why) : NULL;
	int columns = cells(o, "columns"), rows = cells(o, "rows");
	const char *ticket = json_text(o, "ticket", NULL);
	bool good = o != NULL;
	if (good && !p->seat) {
		p->seat = ticket ? terminals_sit(all_of(wsi), p->user_id, ticket, columns, rows, wsi) : NULL;
		good = p->seat != NULL;
		lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
	} else if (good && columns && rows) {
		seat_resize(p->seat, columns, rows);
	}
	arena_free(a);
	return good;
}

static bool on_message(struct lws *wsi, struct place *p, const char *bytes, size_t len)
{
	if (lws_frame_is_binary(wsi))
		return p->seat && seat_type(p->seat, bytes, len);
	return lws_is_first_fragment(wsi) && lws_is_final_fragment(wsi) && on_text(wsi, p, bytes, len);
}

static int on_writable(struct lws *wsi, struct place *p)
{
	unsigned char out[LWS_PRE + PIECE];
	bool is_text;
	if (!p->seat)
		return 0;
	size_t n = seat_take(p->seat, (char *)out + LWS_PRE, PIECE, &is_text);
	if (!n)
		return seat_is_over(p->seat) ? -1 : 0;
	lws_callback_on_writable(wsi);
	return lws_write(wsi, out + LWS_PRE, n, is_text ? LWS_WRITE_TEXT : LWS_WRITE_BINARY) < 0 ? -1 : 0;
}

static void wake_one(void *connection)
{
	lws_callback_on_writable(connection);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct place *p = user;
	switch ((int)reason) {
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		return admit(wsi, p) ? 0 : -1;
	case LWS_CALLBACK_ESTABLISHED:
		lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, TICKET_WAIT_S);
		return 0;
	case LWS_CALLBACK_RECEIVE:
		return on_message(wsi, p, in, len) ? 0 : -1;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return on_writable(wsi, p);
	case LWS_CALLBACK_CLOSED:
		seat_leave(p->seat);
		p->seat = NULL;
		return 0;
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		if (all_of(wsi))
			terminals_each(all_of(wsi), wake_one);
		return 0;
	default:
		return 0;
	}
}

struct lws_protocols terminal_protocol(struct terminals *t)
{
	return (struct lws_protocols){ .name = "terminal",
				       .callback = on_event,
				       .per_session_data_size = sizeof(struct place),
				       .rx_buffer_size = PIECE,
				       .user = t };
}
