/* What the portal says where the text itself is stored: each phrase in both languages, found again in its text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants setjmp, stdarg, stddef and stdint above first */
#include <cmocka.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "view/view.h"
#include "view/words.h"

#include "catalogues.h"

static const char *const values[PHRASE_PLACES] = { "x y", "a/b", "of others: z" };

/* Every place of the English text is in the other one, too. */
static void same_places(const char *name, const char *en, const char *zh)
{
	for (const char *at = en; (at = strchr(at, '{')); at++)
		if (!strstr(zh, arena_memdup(a, at, strcspn(at, "}") + 1)))
			fail_msg("%s: its places are to be in both languages", name);
}

static void every_phrase_is_found_again_in_both_languages(void **state)
{
	(void)state;
	for (int p = 0; p < PHRASE__MAX; p++) {
		const char *code = phrase_code((enum phrase)p), *name = arena_printf(a, "phrase.%s", code);
		const char *en = view_catalogue("en", name), *zh = view_catalogue("zh", name);
		struct phrase_found found;
		if (!en || !zh)
			fail_msg("%s is not in both catalogues", name);
		assert_string_equal(en, phrase_text((enum phrase)p));
		assert_string_not_equal(en, zh);
		same_places(name, en, zh);
		const char *text = phrase(a, (enum phrase)p, values[0], values[1], values[2]);
		assert_true(phrase_find(a, text, &found));
		assert_string_equal(found.code, code);
		for (size_t i = 0; i < found.count; i++)
			assert_string_equal(found.values[i], values[i]);
		assert_string_equal(view_phrase(a, "en", text), text);
		assert_null(strchr(view_phrase(a, "zh", text), '{'));
	}
}

static void what_fills_a_place_is_translated_too(void **state)
{
	(void)state;
	const char *step = phrase(a, PHRASE_GITEA_READ_REPOSITORY, "class/ali"), *why = phrase_text(PHRASE_GITEA_TOKEN);
	assert_string_equal(view_phrase(a, "zh", phrase(a, PHRASE_GITEA_FAILED, step, why)),
			    "Gitea：无法读取仓库 class/ali：令牌被拒绝");
	assert_string_equal(view_phrase(a, "zh", phrase(a, PHRASE_GITEA_REFUSED, step, why, "user (x) is unknown")),
			    "Gitea：无法读取仓库 class/ali：令牌被拒绝（user (x) is unknown）");
	assert_string_equal(view_phrase(a, "zh", phrase(a, PHRASE_GITEA_FAILED, step, "Connection refused")),
			    "Gitea：无法读取仓库 class/ali：Connection refused");
}

static void words_of_others_stay_as_they_are(void **state)
{
	(void)state;
	static const char *const texts[] = { "", "Gitea: cannot read the branch", "the newest commit is larger than 64 MiB!",
					     "The kubeconfig has no user called \"x\"" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_null(view_phrase(a, "zh", texts[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_phrase_is_found_again_in_both_languages),
		cmocka_unit_test(what_fills_a_place_is_translated_too),
		cmocka_unit_test(words_of_others_stay_as_they_are),
	};
	return cmocka_run_group_tests(tests, catalogues_start, catalogues_stop);
}
