/* A cluster's object as YAML for people, by libyaml. */
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "kube/resources.h"

enum { YAML_CAP = 256 << 10, DEPTH = 64 };

static int put(void *context, unsigned char *bytes, size_t len)
{
	struct buf *b = context;
	buf_add(b, bytes, len);
	return !b->failed;
}

static bool value(yaml_emitter_t *e, json_object *o, int depth);

/* Texts that would be read as something else are quoted; those of several lines stay as they are. */
static bool looks_other(const char *s, size_t len)
{
	static const char *const words[] = { "true", "false", "null", "yes", "no", "on", "off", "~" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == len && !strncasecmp(words[i], s, len))
			return true;
	return !len || (strchr("+-.0123456789", *s) && strspn(s, "+-.0123456789eExXoOabcdefABCDEF:_") == len);
}

static bool text(yaml_emitter_t *e, const char *s, size_t len, bool plain)
{
	yaml_event_t event;
	yaml_scalar_style_t style = plain		   ? YAML_PLAIN_SCALAR_STYLE
				    : memchr(s, '\n', len) ? YAML_LITERAL_SCALAR_STYLE
				    : looks_other(s, len)  ? YAML_DOUBLE_QUOTED_SCALAR_STYLE
							   : YAML_ANY_SCALAR_STYLE;
	return yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)s, (int)len, 1, !plain, style) &&
	       yaml_emitter_emit(e, &event);
}

static bool object(yaml_emitter_t *e, json_object *o, int depth)
{
	yaml_event_t event;
	bool ok = yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE) &&
		  yaml_emitter_emit(e, &event);
	struct json_object_iter i;
	json_object_object_foreachC(o, i)
	{
		ok = ok && text(e, i.key, strlen(i.key), false) && value(e, i.val, depth + 1);
	}
	return ok && yaml_mapping_end_event_initialize(&event) && yaml_emitter_emit(e, &event);
}

static bool array(yaml_emitter_t *e, json_object *o, int depth)
{
	yaml_event_t event;
	bool ok = yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE) &&
		  yaml_emitter_emit(e, &event);
	for (size_t i = 0; ok && i < json_object_array_length(o); i++)
		ok = value(e, json_object_array_get_idx(o, i), depth + 1);
	return ok && yaml_sequence_end_event_initialize(&event) && yaml_emitter_emit(e, &event);
}

static bool value(yaml_emitter_t *e, json_object *o, int depth)
{
	if (depth > DEPTH)
		return false;
	if (json_object_is_type(o, json_type_object))
		return object(e, o, depth);
	if (json_object_is_type(o, json_type_array))
		return array(e, o, depth);
	if (json_object_is_type(o, json_type_string))
		return text(e, json_object_get_string(o), (size_t)json_object_get_string_len(o), false);
	const char *s = o ? json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN) : "null";
	return text(e, s, strlen(s), true);
}

static bool document(yaml_emitter_t *e, json_object *o)
{
	yaml_event_t event;
	return yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING) && yaml_emitter_emit(e, &event) &&
	       yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1) && yaml_emitter_emit(e, &event) &&
	       value(e, o, 0) && yaml_document_end_event_initialize(&event, 1) && yaml_emitter_emit(e, &event) &&
	       yaml_stream_end_event_initialize(&event) && yaml_emitter_emit(e, &event);
}

const char *kube_resource_yaml(struct arena *a, const struct resource *r)
{
	yaml_emitter_t e;
	struct buf b = { .cap = YAML_CAP };
	if (!yaml_emitter_initialize(&e))
		return "";
	yaml_emitter_set_output(&e, put, &b);
	yaml_emitter_set_unicode(&e, 1);
	yaml_emitter_set_width(&e, -1);
	bool whole = document(&e, r->object);
	yaml_emitter_delete(&e);
	const char *out = arena_printf(a, "%.*s%s", (int)str_utf8_cut(b.data ? b.data : "", b.len, b.len), b.data ? b.data : "",
				       whole ? "" : "\n# The rest is left out.\n");
	buf_free(&b);
	return out;
}
