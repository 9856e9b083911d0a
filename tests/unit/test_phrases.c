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
#include "base/err.h"
#include "base/phrases.h"
#include "model/audit.h"
#include "model/deployments.h"
#include "view/view.h"
#include "view/words.h"

#include "catalogues.h"

static const char *const values[PHRASE_PLACES] = { "x y", "a/b", "of others: z", "n4", "m5", "k6" };
static const char *const names[PHRASE_PLACES] = { "李 老师", "hydro-1", "Ann Lee", "n4", "m5", "k6" };

/* Every place of the English text is in the other one, too. */
static void same_places(const char *name, const char *en, const char *zh)
{
	for (const char *at = en; (at = strchr(at, '{')); at++)
		if (!strstr(zh, arena_memdup(a, at, strcspn(at, "}") + 1)))
			fail_msg("%s: its places are to be in both languages", name);
}

static const char *said(enum phrase p, const char *const v[PHRASE_PLACES])
{
	return phrase(a, p, v[0], v[1], v[2], v[3], v[4], v[5]);
}

static void same_values(const struct phrase_found *found, enum phrase p, const char *const v[PHRASE_PLACES])
{
	assert_string_equal(found->code, phrase_code(p));
	for (size_t i = 0; i < found->count; i++)
		assert_string_equal(found->values[i], v[i]);
}

static void every_phrase_is_in_both_languages(void **state)
{
	(void)state;
	for (int p = 0; p < PHRASE__MAX; p++) {
		const char *name = arena_printf(a, "phrase.%s", phrase_code((enum phrase)p));
		const char *en = view_catalogue("en", name), *zh = view_catalogue("zh", name);
		if (!en || !zh)
			fail_msg("%s is not in both catalogues", name);
		assert_string_equal(en, phrase_text((enum phrase)p));
		assert_string_not_equal(en, zh);
		same_places(name, en, zh);
	}
}

static void every_phrase_is_found_again(void **state)
{
	(void)state;
	for (int p = 0; p < PHRASE__MAX; p++) {
		struct phrase_found found;
		const char *text = said((enum phrase)p, values);
		if (phrase_act((enum phrase)p))
			continue;
		assert_true(phrase_find(a, text, &found));
		same_values(&found, (enum phrase)p, values);
		assert_string_equal(view_phrase(a, "en", text), text);
		assert_null(strchr(view_phrase(a, "zh", text), '{'));
	}
}

/* In the lines of every act that it is for. */
static void every_detail_of_the_audit_trail_is_found_again(void **state)
{
	(void)state;
	for (int p = 0; p < PHRASE__MAX; p++) {
		const char *of = phrase_act((enum phrase)p), *text = said((enum phrase)p, names);
		int acts = 0;
		for (const char *at = AUDIT_ACTIONS; of && *at; at += strspn(at, "|")) {
			struct phrase_found found;
			const char *act = arena_memdup(a, at, strcspn(at, "|"));
			at += strlen(act);
			if (strncmp(act, of, strlen(of)) != 0)
				continue;
			assert_true(phrase_find_act(a, act, text, &found));
			same_values(&found, (enum phrase)p, names);
			assert_string_equal(view_act(a, "en", act, text), text);
			assert_null(strchr(view_act(a, "zh", act, text), '{'));
			acts++;
		}
		if (of && !acts)
			fail_msg("%s: there is no act %s", phrase_code((enum phrase)p), of);
	}
}

static void details_of_acts_are_said_in_the_readers_language(void **state)
{
	(void)state;
	static const struct {
		const char *act, *text, *zh;
	} lines[] = {
		{ "deployment.deploy", "Lee deployed project hydro of 张三", "Lee 部署了 张三 的项目 hydro" },
		{ "deployment.deploy", "no_image", "还没有镜像" },
		{ "deployment.deploy", "build 7 was not deployed by itself: quota_total_apps",
		  "构建 7 未自动部署：已达到应用总数上限" },
		{ "project.serving", "Lee set port and health path of project a of B: 80 ",
		  "Lee 设置了 B 的项目 a 的端口 80 和健康检查路径 –" },
		{ "gitea.install", "Gitea: cannot list the deploy keys of s/a: it refuses the token",
		  "Gitea：无法列出 s/a 的部署密钥：令牌被拒绝" },
		{ "user.change", "ali, name from A to B, role from student to teacher",
		  "账号 ali，姓名由 A 改为 B，角色由学生改为教师" },
		{ "user.create", "teacher as admin", "账号 teacher，角色为管理员" },
		{ "user.password", "teacher", "账号 teacher" },
		{ "registry.change", "R at r:5000, without TLS, with a new push password, pull password removed",
		  "镜像仓库 R，地址 r:5000，不使用 TLS，设置了新的推送密码，移除了拉取密码" },
		{ "cluster.create", "East at https://e:6443, with its credential", "集群 East，地址 https://e:6443，包含凭据" },
		{ "cluster.default", "since", "集群 since" },
		{ "setting.reset", "build_limit: from \"9\" to \"4\", the default", "build_limit：由 \"9\" 恢复为默认值 \"4\"" },
		{ "resource.scale", "Lee scaled deployment x on the cluster East to 3: conflict",
		  "Lee 将集群 East 上的 deployment x 的副本数改为 3：与现状冲突" },
		{ "terminal.command", "Lee ran ls in pod p, container c, for 12 ms: exit code 0",
		  "Lee 在 Pod p 的容器 c 中运行了 ls，用时 12 毫秒：退出码 0" },
		{ "terminal.close", "the terminal of Lee in pod p, container c, was open for 9 s: the shell ended",
		  "Lee 在 Pod p 的容器 c 中的终端使用了 9 秒：Shell 已退出" },
		/* What people call their projects is theirs, also where the portal has the word. */
		{ "deployment.stop", "conflict stopped project timeout of student", "conflict 停止了 student 的项目 timeout" },
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		assert_string_equal(view_act(a, "zh", lines[i].act, lines[i].text), lines[i].zh);
	assert_null(view_act(a, "zh", "build.trigger", "Lee deployed project hydro of 张三"));
	assert_null(view_phrase(a, "zh", "Lee deployed project hydro of 张三"));
}

/* What the portal writes down by its name is a phrase, too. */
static void every_name_that_fills_a_place_is_a_phrase(void **state)
{
	(void)state;
	for (int i = REFUSED_NOT + 1; i < DEPLOYMENT_REFUSAL__MAX; i++)
		assert_non_null(view_phrase(a, "zh", deployment_refusal_name((enum deployment_refusal)i)));
	for (int i = ERR_NONE + 1; i < ERR__MAX; i++)
		assert_non_null(view_phrase(a, "zh", err_name((enum err)i)));
	for (const char *const *role = (const char *const[]){ "student", "teacher", "admin", NULL }; *role; role++)
		assert_non_null(view_phrase(a, "zh", *role));
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
		cmocka_unit_test(every_phrase_is_in_both_languages),
		cmocka_unit_test(every_phrase_is_found_again),
		cmocka_unit_test(every_detail_of_the_audit_trail_is_found_again),
		cmocka_unit_test(details_of_acts_are_said_in_the_readers_language),
		cmocka_unit_test(every_name_that_fills_a_place_is_a_phrase),
		cmocka_unit_test(what_fills_a_place_is_translated_too),
		cmocka_unit_test(words_of_others_stay_as_they_are),
	};
	return cmocka_run_group_tests(tests, catalogues_start, catalogues_stop);
}
