/* Why git did not do it: each sentence in both languages, from the text that is stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants setjmp, stdarg, stddef and stdint above first */
#include <cmocka.h>

#include "base/arena.h"
#include "base/json.h"
#include "gitea/git_says.h"
#include "view/view.h"
#include "view/words.h"

#include "catalogues.h"

static void every_sentence_is_found_again_in_both_languages(void **state)
{
	(void)state;
	for (int s = 0; s < GIT_SENTENCE__MAX; s++) {
		const char *code = git_sentence_name((enum git_sentence)s), *name = arena_printf(a, "gsays.%s", code), *what;
		const char *en = view_catalogue("en", name), *zh = view_catalogue("zh", name);
		if (!en || !zh)
			fail_msg("%s is not in both catalogues", name);
		assert_string_equal(en, git_says(a, (enum git_sentence)s, NULL));
		const char *text = git_says(a, (enum git_sentence)s, strstr(en, "{what}") ? "x: y" : NULL);
		assert_string_equal(git_says_parse(text, &what), code);
		json_object *values = json_build(a, "{'what':%s}", what);
		assert_string_equal(view_words(a, "en", name, json_object_to_json_string(values)), text);
		assert_string_not_equal(en, zh);
		assert_int_equal(!strstr(zh, "{what}"), !strstr(en, "{what}"));
	}
}

static void words_of_others_stay_as_they_are(void **state)
{
	(void)state;
	const char *what;
	static const char *const texts[] = { "", "Gitea: cannot read the branch", "the newest commit is larger than 64 MiB!" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_null(git_says_parse(texts[i], &what));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sentence_is_found_again_in_both_languages),
		cmocka_unit_test(words_of_others_stay_as_they_are),
	};
	return cmocka_run_group_tests(tests, catalogues_start, catalogues_stop);
}
