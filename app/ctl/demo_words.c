/* What students of the made-up courses write: commit messages and names of branches, in both languages. */
#include "ctl/demo_random.h"
#include "ctl/demo_texts.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

static const char *const first[] = {
	"Initial commit", "first commit",	    "初始提交", "Add skeleton of the model", "搭好框架",
	"项目初始化",	  "Start from the template"
};

static const char *const repairs[] = {
	"fix build",
	"fix Dockerfile",
	"修复构建",
	"fix again",
	"修改 Dockerfile",
	"Forgot a file",
	"忘记提交 requirements 了",
	"try with a smaller base image",
	"再试一次",
	"fix typo in package name",
	"把版本号改对",
	"why does this work on my laptop??",
	"应该可以了",
	"Pin the versions",
	"Fix failing test of the yearly balance",
	"测试改回来",
	"fix fix fix",
	"最后一次，保证",
	"Copy the data into the image",
	"Use the port from the environment",
	"修正端口号",
};

static const char *const works[] = {
	"Add Penman-Monteith evaporation",
	"增加蒸散发模块",
	"Read rainfall from CSV",
	"读取雨量站数据",
	"Calibrate parameters for the 2021 flood",
	"率定 2021 年洪水参数",
	"Show the water level as a chart",
	"水位过程线",
	"Unit hydrograph: convolve with effective rainfall",
	"新安江模型：三水源划分",
	"Muskingum routing",
	"马斯京根法河道演算",
	"wip",
	"update",
	"更新",
	"Make the map responsive",
	"地图加上测站图层",
	"Refactor: split model and web page",
	"重构：模型与页面分开",
	"Nash-Sutcliffe efficiency on the result page",
	"增加纳什效率系数",
	"Handle missing values in the forcing",
	"处理缺测数据",
	"Add health check",
	"Translate labels",
	"界面改成中英文",
	"Assignment 2",
	"作业三：完成水库调度",
	"Merge branch 'fix-routing'",
	"Use numpy instead of loops (20x faster)",
	"提速：用向量化代替循环",
	"Add tests for the reservoir rule curve",
	"增加单元测试",
	"Snowmelt by degree days",
	"README: how to run it",
	"写一下说明文档",
	"Export results as NetCDF",
	"Remove debug output",
	"删掉调试输出",
	"Reservoir outflow must not be negative",
	"修正负流量的问题",
	"Cache the tiles",
	"Sensitivity of the curve number (a long message that goes on and on because nobody told me that the first line of a "
	"commit should be short)",
	"按老师的意见修改",
};

static const char *const branches[] = { "feature/snowmelt",
					"feature/map",
					"fix-routing",
					"dev",
					"test",
					"功能/水库调度",
					"refactor-the-model",
					"try-go",
					"experiment/longer-time-steps" };

const char *demo_commit_message(struct demo_random *r, bool begin, bool repair)
{
	if (begin)
		return first[demo_below(r, COUNT(first))];
	if (repair && demo_chance(r, 75))
		return repairs[demo_below(r, COUNT(repairs))];
	return works[demo_below(r, COUNT(works))];
}

const char *demo_branch(struct demo_random *r)
{
	return branches[demo_below(r, COUNT(branches))];
}
