/* What the portal says of builds: each sentence in both languages, and as the message and the pages have it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants setjmp, stdarg, stddef and stdint above first */
#include <cmocka.h>

#include "base/arena.h"
#include "model/build_words.h"
#include "view/view.h"
#include "view/words.h"

#include "catalogues.h"

static void every_sentence_is_in_both_catalogues(void **state)
{
	(void)state;
	for (int s = SAYS_NOTHING + 1; s < BUILD_SENTENCE__MAX; s++) {
		const struct build_words words = { (enum build_sentence)s, "{what}", NULL };
		const char *name = arena_printf(a, "bsays.%s", build_sentence_name(words.says));
		const char *en = view_catalogue("en", name), *zh = view_catalogue("zh", name);
		if (!en || !zh)
			fail_msg("%s is not in both catalogues", name);
		assert_string_equal(en, build_words_text(a, &words));
		assert_string_not_equal(en, zh);
		if (!strstr(en, "{what}") != !strstr(zh, "{what}"))
			fail_msg("%s: {what} is to be in both languages or in none", name);
	}
}

static void page_and_message_say_the_same(void **state)
{
	static const struct {
		struct build_words words;
		const char *message, *zh;
	} rows[] = {
		{ { SAYS_TIME_LIMIT, NULL, NULL }, "The build took longer than its time limit.", "构建超过了时间上限。" },
		{ { SAYS_GIT_KEY, NULL, "" }, "The git server refused the deploy key.", "Git 服务器拒绝了部署密钥。" },
		{ { SAYS_BUILD_EXIT, "3", "make: \"x\"" },
		  "The build ended with exit code 3: make: \"x\"",
		  "构建以退出码 3 结束：make: \"x\"" },
		{ { SAYS_REFUSED, "Job", "{what}" }, "The cluster refused the Job: {what}", "集群拒绝了 Job：{what}" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *json = build_words_json(a, &rows[i].words);
		assert_string_equal(build_words_message(a, &rows[i].words), rows[i].message);
		assert_string_equal(view_build_words(a, "en", json, true), rows[i].message);
		assert_string_equal(view_build_words(a, "zh", json, true), rows[i].zh);
	}
}

static void what_has_no_sentence_stays_as_it_is(void **state)
{
	(void)state;
	const struct build_words nothing = { 0 }, raw = { .detail = "0/3 nodes" };
	assert_null(build_words_text(a, &nothing));
	assert_null(build_words_json(a, &nothing));
	assert_string_equal(build_words_message(a, &raw), "0/3 nodes");
	assert_null(build_words_json(a, &raw));
	assert_null(view_build_words(a, "zh", "{\"code\":\"OF_ANOTHER_RELEASE\"}", true));
	assert_null(view_build_words(a, "zh", "{}", true));
}

static void a_long_detail_is_cut_between_characters(void **state)
{
	(void)state;
	char detail[900];
	for (int i = 0; i < 299; i++)
		memcpy(detail + 3 * i, "构", 3);
	detail[897] = '\0';
	const struct build_words words = { SAYS_NO_NODE, NULL, detail };
	const char *text = build_words_text(a, &words);
	assert_int_equal(strlen(text), strlen("No node of the cluster took the build: ") + 399);
	assert_non_null(strstr(view_build_words(a, "zh", build_words_json(a, &words), true), "构"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sentence_is_in_both_catalogues),
		cmocka_unit_test(page_and_message_say_the_same),
		cmocka_unit_test(what_has_no_sentence_stays_as_it_is),
		cmocka_unit_test(a_long_detail_is_cut_between_characters),
	};
	return cmocka_run_group_tests(tests, catalogues_start, catalogues_stop);
}
