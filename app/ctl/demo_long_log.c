/* A very long log: what a solver's build and tests print, with colours, groups, warnings and errors. */
#include <inttypes.h>

#include "base/buf.h"
#include "ctl/demo.h"

enum { OBJECTS = 1800, TESTS = 4200, STEPS = 12400, WARN_EACH = 61, FAIL_EACH = 523, SHOW_EACH = 97 };

#define BOLD "\x1b[1m"
#define RED "\x1b[31m"
#define GREEN "\x1b[32m"
#define YELLOW "\x1b[33m"
#define CYAN "\x1b[36m"
#define DIM "\x1b[2m"
#define END "\x1b[0m"

/* What is said at last stays readable without colours: it becomes the evidence. */
const struct demo_flaw demo_long_flaw = {
	4,
	"\n"
	"99% tests passed, 8 tests failed out of 4200\n"
	"\n"
	"Total Test time (real) = 402.17 sec\n"
	"\n"
	"The following tests FAILED:\n"
	"\t 523 - gates_0523 (Failed)\n"
	"\t1046 - boundary_1046 (Failed)\n"
	"\t1569 - sediment_1569 (Failed)\n"
	"\t2092 - rain_2092 (Failed)\n"
	"\t2615 - 断面_2615 (Failed)\n"
	"\t3138 - gates_3138 (Failed)\n"
	"\t3661 - riemann_3661 (Failed)\n"
	"\t4184 - culverts_4184 (Failed)\n"
	"Errors while running CTest\n"
	"Output from these tests are in: /src/build/Testing/Temporary/LastTest.log\n"
	"Use \"--rerun-failed --output-on-failure\" to re-run the failed cases verbosely.\n",
	8,
	NULL,
};

static const char *const parts[] = { "mesh",  "riemann", "boundary", "friction", "rain",   "infiltration",
				     "gates", "bridges", "culverts", "sediment", "output", "断面" };

static const char *part(int i)
{
	return parts[i % (int)(sizeof parts / sizeof *parts)];
}

static void warning(struct buf *b, int i)
{
	buf_printf(b,
		   BOLD "/src/src/%s/cell_%04d.cpp:%d:%d:" END " \x1b[1;35mwarning:" END " unused variable '" BOLD "dx_%d" END
			"' [-Wunused-variable]\n",
		   part(i), i, i % 300 + 12, i % 40 + 3, i % 9);
	buf_printf(b, "%5d |     const double dx_%d = mesh.width(i) / 2; // 半宽\n", i % 300 + 12, i % 9);
	buf_puts(b, "      |                  " BOLD "\x1b[35m^~~~" END "\n");
}

static void compile(struct buf *b)
{
	buf_printf(b, "::group::Compile %d objects\n", OBJECTS);
	for (int i = 0; i < OBJECTS; i++) {
		buf_printf(b, "[%3d%%] " GREEN "Building CXX object src/CMakeFiles/sv.dir/%s/cell_%04d.cpp.o" END "\n",
			   i * 100 / OBJECTS, part(i), i);
		if (i % WARN_EACH == WARN_EACH - 1)
			warning(b, i);
	}
	buf_puts(b, "[100%] " GREEN BOLD "Linking CXX executable saint-venant" END "\n::endgroup::\n");
	buf_puts(b, "::warning file=CMakeLists.txt,line=14::CMAKE_CXX_STANDARD is set twice; the last one wins\n");
}

static void test(struct buf *b)
{
	buf_printf(b, "::group::Run %d tests\n", TESTS);
	for (int i = 1; i <= TESTS; i++) {
		bool failed = i % FAIL_EACH == 0;
		buf_printf(b, "%4d/%d Test %s#%d: %s_%04d ................ %s   %d.%02d sec\n", i, TESTS, i < 1000 ? " " : "", i,
			   part(i), i, failed ? RED "***Failed" END : GREEN "Passed" END, i % 3, i * 7 % 100);
		if (failed)
			buf_printf(b,
				   "::error file=tests/%s.cpp,line=%d::mass balance of cell %d: %d.%03d m3 are missing\n" RED
				   "error:" END " 第 %d 号断面水量不平衡：缺 %d.%03d 立方米\n",
				   part(i), i % 200 + 20, i, i % 7, i % 1000, i, i % 7, i % 1000);
	}
	buf_puts(b, "::endgroup::\n");
}

/* A program that rewrites its line, and one line that is much too long. */
static void oddities(struct buf *b)
{
	for (int percent = 0; percent <= 100; percent += 4)
		buf_printf(b, "\rdownloading the terrain model … %3d%%", percent);
	buf_puts(b, "\n" DIM "matrix:");
	for (int i = 0; i < 2500; i++)
		buf_printf(b, " %d.%04d", i % 13, i * 37 % 10000);
	buf_puts(b, END "\n");
}

static void simulate(struct buf *b)
{
	buf_puts(b, "::group::Simulate the flood of a hundred years 百年一遇洪水模拟\n");
	for (int i = 0; i < STEPS; i++) {
		int courant = 55 + i * 13 % 45;
		buf_printf(b, "step %05d  t=%7.2f h  Q=%8.2f m3/s  h=%6.3f m  %sCFL=0.%02d" END "\n", i, i * 0.02,
			   431.2 + (i % 900) * 1.37, 3.41 + (i % 700) * 0.004, courant > 94 ? YELLOW : DIM, courant);
		if (i % SHOW_EACH == SHOW_EACH - 1)
			buf_printf(b, CYAN "断面 %d：水位 %.2f m，流量 %.1f m³/s" END "\n", i / SHOW_EACH, 3.41 + i % 700 * 0.004,
				   431.2 + i % 900 * 1.37);
		if (courant == 99)
			buf_printf(b, YELLOW "warning:" END " the Courant number is near one at step %05d\n", i);
	}
	buf_puts(b, "::endgroup::\n");
}

void demo_long_log_write(struct buf *out)
{
	buf_puts(out,
		 "::group::Configure\n-- The CXX compiler identification is GNU 12.2.0\n-- Configuring done\n::endgroup::\n");
	oddities(out);
	compile(out);
	simulate(out);
	test(out);
}
