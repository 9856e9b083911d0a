/* Hostile bytes through the JSON gate: what it accepts must survive being written and read again. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *a;
	if (!a)
		a = arena_new(64 << 20);
	const char *why = NULL;
	json_object *o = json_parse(a, (const char *)data, size, 16, &why);
	if (!o && !why && !(size >= 4 && memmem(data, size, "null", 4)))
		abort(); /* a refusal has its sentence */
	if (o) {
		const char *text = json_object_to_json_string_ext(o, JSON_PLAIN);
		if (!json_parse(a, text, strlen(text), 16, NULL))
			abort();
		json_text(o, "a.0.b", NULL);
	}
	arena_reset(a);
	return 0;
}
