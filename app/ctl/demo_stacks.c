/* Dockerfiles of the made-up projects, and what their tools print when all is well and when it is not. */
#include <stddef.h>

#include "ctl/demo_texts.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

/* Python with Flask and numpy. */

static const struct demo_step python_steps[] = {
	{ "FROM python:3.12-slim", 8, NULL },
	{ "WORKDIR /app", 1, NULL },
	{ "COPY requirements.txt ./", 1, NULL },
	{ "RUN pip install --no-cache-dir -r requirements.txt", 40,
	  "Collecting flask==3.0.3 (from -r requirements.txt (line 1))\n"
	  "  Downloading flask-3.0.3-py3-none-any.whl (101 kB)\n"
	  "Collecting gunicorn==22.0.0 (from -r requirements.txt (line 2))\n"
	  "  Downloading gunicorn-22.0.0-py3-none-any.whl (84 kB)\n"
	  "Collecting numpy==1.26.4 (from -r requirements.txt (line 3))\n"
	  "  Downloading numpy-1.26.4-cp312-cp312-manylinux_2_17_x86_64.whl (18.0 MB)\n"
	  "     ---------------------------------------- 18.0/18.0 MB 21.4 MB/s eta 0:00:00\n"
	  "Collecting pandas==2.2.2 (from -r requirements.txt (line 4))\n"
	  "  Downloading pandas-2.2.2-cp312-cp312-manylinux_2_17_x86_64.whl (12.7 MB)\n"
	  "     ---------------------------------------- 12.7/12.7 MB 19.8 MB/s eta 0:00:00\n"
	  "Collecting scipy==1.13.1 (from -r requirements.txt (line 5))\n"
	  "  Downloading scipy-1.13.1-cp312-cp312-manylinux_2_17_x86_64.whl (38.2 MB)\n"
	  "     ---------------------------------------- 38.2/38.2 MB 24.0 MB/s eta 0:00:00\n"
	  "Installing collected packages: numpy, scipy, pandas, markupsafe, jinja2, werkzeug, click, blinker, flask, gunicorn\n"
	  "Successfully installed blinker-1.8.2 click-8.1.7 flask-3.0.3 gunicorn-22.0.0 jinja2-3.1.4 numpy-1.26.4 pandas-2.2.2 "
	  "scipy-1.13.1 werkzeug-3.0.3\n"
	  "WARNING: Running pip as the 'root' user can result in broken permissions and conflicting behaviour with the system "
	  "package manager.\n" },
	{ "COPY . .", 2, NULL },
	{ "RUN python -m pytest -q tests", 14,
	  "........................................................................ [ 71%]\n"
	  ".............................                                            [100%]\n"
	  "101 passed in 6.32s\n" },
	{ "EXPOSE 8000", 0, NULL },
	{ "CMD [\"gunicorn\", \"-b\", \"0.0.0.0:8000\", \"app:app\"]", 0, NULL },
};

static const struct demo_flaw python_flaws[] = {
	{ 3,
	  "Collecting flask==3.0.3 (from -r requirements.txt (line 1))\n"
	  "  Downloading flask-3.0.3-py3-none-any.whl (101 kB)\n"
	  "ERROR: Could not find a version that satisfies the requirement numpyy==1.26.4 (from versions: none)\n"
	  "ERROR: No matching distribution found for numpyy==1.26.4\n",
	  1, NULL },
	{ 5,
	  "..........................F.............................................. [ 71%]\n"
	  "=================================== FAILURES ===================================\n"
	  "________________________ test_balance_closes_over_a_year ________________________\n"
	  "\n"
	  "    def test_balance_closes_over_a_year():\n"
	  "        result = simulate(read_forcing(\"data/forcing.csv\"))\n"
	  ">       assert abs(result.precipitation - result.runoff - result.evaporation - result.storage) < 1e-6\n"
	  "E       assert 12.4807 < 1e-06\n"
	  "\n"
	  "tests/test_balance.py:31: AssertionError\n"
	  "=========================== short test summary info ============================\n"
	  "FAILED tests/test_balance.py::test_balance_closes_over_a_year - assert 12.4807 < 1e-06\n"
	  "1 failed, 100 passed in 6.58s\n",
	  1, NULL },
	{ 5,
	  "==================================== ERRORS ====================================\n"
	  "_______________________ ERROR collecting tests/test_app.py _______________________\n"
	  "tests/test_app.py:3: in <module>\n"
	  "    from app import app\n"
	  "E     File \"/app/app.py\", line 47\n"
	  "E       return jsonify({\"水位\": level, \"流量\": discharge)\n"
	  "E                      ^\n"
	  "E   SyntaxError: closing parenthesis ')' does not match opening parenthesis '{'\n"
	  "=========================== short test summary info ============================\n"
	  "ERROR tests/test_app.py\n"
	  "!!!!!!!!!!!!!!!!!!!! Interrupted: 1 error during collection !!!!!!!!!!!!!!!!!!!!\n"
	  "1 error in 0.41s\n",
	  2, NULL },
	{ 2, NULL, 0, "requirements.txt" },
};

/* A dashboard with Node. */

static const struct demo_step node_steps[] = {
	{ "FROM node:20-alpine", 6, NULL },
	{ "WORKDIR /app", 1, NULL },
	{ "COPY package.json package-lock.json ./", 1, NULL },
	{ "RUN npm ci", 30,
	  "npm warn deprecated inflight@1.0.6: This module is not supported, and leaks memory. Do not use it.\n"
	  "npm warn deprecated glob@7.2.3: Glob versions prior to v9 are no longer supported\n"
	  "\n"
	  "added 412 packages, and audited 413 packages in 19s\n"
	  "\n"
	  "68 packages are looking for funding\n"
	  "  run `npm fund` for details\n"
	  "\n"
	  "found 0 vulnerabilities\n" },
	{ "COPY . .", 2, NULL },
	{ "RUN npm run build", 20,
	  "\n"
	  "> {project}@0.4.0 build\n"
	  "> vite build\n"
	  "\n"
	  "\x1b[36mvite v5.4.8 \x1b[32mbuilding for production...\x1b[36m\x1b[39m\n"
	  "transforming...\n"
	  "\x1b[32m✓\x1b[39m 384 modules transformed.\n"
	  "rendering chunks...\n"
	  "\x1b[2mdist/\x1b[22m\x1b[32mindex.html                  \x1b[39m\x1b[1m\x1b[2m  0.61 kB\x1b[22m\x1b[1m\x1b[22m\n"
	  "\x1b[2mdist/\x1b[22m\x1b[35massets/index-BZk4xg0e.css    \x1b[39m\x1b[1m\x1b[2m 18.72 kB\x1b[22m\x1b[1m\x1b[22m\n"
	  "\x1b[2mdist/\x1b[22m\x1b[36massets/index-DfQ1u8zA.js     \x1b[39m\x1b[1m\x1b[33m912.40 kB\x1b[39m\x1b[22m\n"
	  "\x1b[33m\n"
	  "(!) Some chunks are larger than 500 kB after minification.\x1b[39m\n"
	  "\x1b[32m✓ built in 8.14s\x1b[39m\n" },
	{ "EXPOSE 3000", 0, NULL },
	{ "CMD [\"node\", \"server.js\"]", 0, NULL },
};

static const struct demo_flaw node_flaws[] = {
	{ 3,
	  "npm error code ERESOLVE\n"
	  "npm error ERESOLVE could not resolve\n"
	  "npm error\n"
	  "npm error While resolving: vue-echarts@7.0.3\n"
	  "npm error Found: vue@2.7.16\n"
	  "npm error Could not resolve dependency:\n"
	  "npm error peer vue@\"^3.1.1\" from vue-echarts@7.0.3\n"
	  "npm error Fix the upstream dependency conflict, or retry this command with --force or --legacy-peer-deps\n"
	  "npm error A complete log of this run can be found in: /home/node/.npm/_logs/debug-0.log\n",
	  1, NULL },
	{ 3,
	  "npm error code EUSAGE\n"
	  "npm error\n"
	  "npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.\n"
	  "npm error Please update your lock file with `npm install` before continuing.\n"
	  "npm error\n"
	  "npm error Missing: leaflet@1.9.4 from lock file\n",
	  1, NULL },
	{ 5,
	  "\n"
	  "> {project}@0.4.0 build\n"
	  "> vite build\n"
	  "\n"
	  "transforming...\n"
	  "x Build failed in 1.92s\n"
	  "error during build:\n"
	  "[vite]: Rollup failed to resolve import \"./components/GaugeChart.vue\" from \"/app/src/App.vue\".\n"
	  "This is most likely unintended because it can break your application at runtime.\n",
	  1, NULL },
	{ 2, NULL, 0, "package-lock.json" },
};

/* A service with Java and Maven. */

static const struct demo_step java_steps[] = {
	{ "FROM maven:3.9-eclipse-temurin-21 AS build", 14, NULL },
	{ "WORKDIR /src", 1, NULL },
	{ "COPY pom.xml ./", 1, NULL },
	{ "RUN mvn -B -q dependency:go-offline", 45,
	  "[INFO] Downloading from central: org/springframework/boot/spring-boot-starter-parent/3.3.4\n"
	  "[INFO] Downloaded from central: spring-boot-starter-parent-3.3.4.pom (13 kB at 61 kB/s)\n"
	  "[INFO] Downloaded from central: spring-core-6.1.13.jar (1.9 MB at 8.7 MB/s)\n"
	  "[INFO] Downloaded from central: tomcat-embed-core-10.1.30.jar (3.6 MB at 11 MB/s)\n" },
	{ "COPY src ./src", 1, NULL },
	{ "RUN mvn -B -o package", 40,
	  "[INFO] Scanning for projects...\n"
	  "[INFO] -------------------< edu.hydro:{project} >--------------------\n"
	  "[INFO] Building {project} 0.3.1\n"
	  "[INFO] --- compiler:3.13.0:compile (default-compile) @ {project} ---\n"
	  "[INFO] Compiling 37 source files with javac [debug parameters release 21] to target/classes\n"
	  "[WARNING] /src/src/main/java/edu/hydro/Gate.java:[58,21] unchecked call to add(E)\n"
	  "[INFO] Tests run: 42, Failures: 0, Errors: 0, Skipped: 1\n"
	  "[INFO] --- jar:3.4.2:jar (default-jar) @ {project} ---\n"
	  "[INFO] BUILD SUCCESS\n"
	  "[INFO] Total time:  31.207 s\n" },
	{ "FROM eclipse-temurin:21-jre", 8, NULL },
	{ "COPY --from=build /src/target/app.jar /app.jar", 2, NULL },
	{ "EXPOSE 8080", 0, NULL },
	{ "CMD [\"java\", \"-jar\", \"/app.jar\"]", 0, NULL },
};

static const struct demo_flaw java_flaws[] = {
	{ 5,
	  "[INFO] Compiling 37 source files with javac [debug parameters release 21] to target/classes\n"
	  "[ERROR] COMPILATION ERROR :\n"
	  "[ERROR] /src/src/main/java/edu/hydro/Reservoir.java:[112,34] cannot find symbol\n"
	  "[ERROR]   symbol:   method outflowAt(java.time.LocalDate)\n"
	  "[ERROR]   location: variable gate of type edu.hydro.Gate\n"
	  "[INFO] BUILD FAILURE\n"
	  "[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.13.0:compile (default-compile)\n",
	  1, NULL },
	{ 5,
	  "[ERROR] Tests run: 42, Failures: 1, Errors: 0, Skipped: 1\n"
	  "[ERROR] ReservoirTest.levelNeverAboveDam:77 expected: <true> but was: <false>\n"
	  "[INFO] BUILD FAILURE\n"
	  "[ERROR] Failed to execute goal org.apache.maven.plugins:maven-surefire-plugin:3.2.5:test: There are test failures.\n",
	  1, NULL },
	{ 3,
	  "[ERROR] [ERROR] Some problems were encountered while processing the POMs:\n"
	  "[ERROR] 'dependencies.dependency.version' for org.locationtech.jts:jts-core:jar is missing. @ line 41, column 17\n",
	  1, NULL },
	{ 2, NULL, 0, "pom.xml" },
};

/* An interface to gauges with Go. */

static const struct demo_step go_steps[] = {
	{ "FROM golang:1.23-alpine AS build", 8, NULL },
	{ "WORKDIR /src", 1, NULL },
	{ "COPY go.mod go.sum ./", 1, NULL },
	{ "RUN go mod download", 8,
	  "go: downloading github.com/go-chi/chi/v5 v5.1.0\n"
	  "go: downloading github.com/jackc/pgx/v5 v5.7.1\n"
	  "go: downloading golang.org/x/text v0.18.0\n" },
	{ "COPY . .", 1, NULL },
	{ "RUN go vet ./... && go test ./... && CGO_ENABLED=0 go build -o /out/{project} ./cmd/{project}", 24,
	  "ok  \thydro.example/{project}/internal/level\t0.014s\n"
	  "ok  \thydro.example/{project}/internal/rating\t0.031s\n"
	  "?   \thydro.example/{project}/cmd/{project}\t[no test files]\n" },
	{ "FROM alpine:3.20", 3, NULL },
	{ "COPY --from=build /out/{project} /usr/local/bin/{project}", 1, NULL },
	{ "EXPOSE 8000", 0, NULL },
	{ "CMD [\"{project}\"]", 0, NULL },
};

static const struct demo_flaw go_flaws[] = {
	{ 5,
	  "# hydro.example/{project}/internal/rating\n"
	  "internal/rating/curve.go:38:14: undefined: interpolate\n"
	  "internal/rating/curve.go:52:2: declared and not used: qmax\n",
	  1, NULL },
	{ 5,
	  "--- FAIL: TestDischargeGrowsWithLevel (0.00s)\n"
	  "    curve_test.go:24: level 3.20 m: discharge 118.4, want more than 121.0\n"
	  "FAIL\n"
	  "FAIL\thydro.example/{project}/internal/rating\t0.019s\n"
	  "FAIL\n",
	  1, NULL },
	{ 3,
	  "go: github.com/jackc/pgx/v5@v5.7.1: missing go.sum entry for go.mod file; to add it:\n"
	  "\tgo mod download github.com/jackc/pgx/v5\n",
	  1, NULL },
	{ 2, NULL, 0, "go.sum" },
};

/* A solver with C++. */

static const struct demo_step cpp_steps[] = {
	{ "FROM debian:bookworm AS build", 5, NULL },
	{ "RUN apt-get update && apt-get install -y --no-install-recommends cmake g++ make libeigen3-dev", 35,
	  "Get:1 http://mirror.example.edu/debian bookworm InRelease [151 kB]\n"
	  "Get:2 http://mirror.example.edu/debian bookworm/main amd64 Packages [8793 kB]\n"
	  "Fetched 9228 kB in 2s (5116 kB/s)\n"
	  "Reading package lists...\n"
	  "Setting up libeigen3-dev (3.4.0-4) ...\n"
	  "Setting up cmake (3.25.1-1) ...\n"
	  "Setting up g++ (4:12.2.0-3) ...\n"
	  "Processing triggers for libc-bin (2.36-9+deb12u8) ...\n" },
	{ "WORKDIR /src", 1, NULL },
	{ "COPY . .", 2, NULL },
	{ "RUN cmake -S . -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build && ctest --test-dir build", 60,
	  "-- The CXX compiler identification is GNU 12.2.0\n"
	  "-- Found Eigen3: /usr/share/eigen3/cmake (found version \"3.4.0\")\n"
	  "-- Configuring done\n"
	  "-- Generating done\n"
	  "[ 14%] \x1b[32mBuilding CXX object src/CMakeFiles/sv.dir/mesh.cpp.o\x1b[0m\n"
	  "[ 28%] \x1b[32mBuilding CXX object src/CMakeFiles/sv.dir/riemann.cpp.o\x1b[0m\n"
	  "[ 42%] \x1b[32mBuilding CXX object src/CMakeFiles/sv.dir/solver.cpp.o\x1b[0m\n"
	  "\x1b[1m/src/src/solver.cpp:88:17:\x1b[m \x1b[1;35mwarning: \x1b[munused variable '\x1b[1mdt_old\x1b[m' "
	  "[-Wunused-variable]\n"
	  "[ 57%] \x1b[32m\x1b[1mLinking CXX static library libsv.a\x1b[0m\n"
	  "[100%] Built target saint-venant\n"
	  "100% tests passed, 0 tests failed out of 18\n" },
	{ "FROM debian:bookworm-slim", 4, NULL },
	{ "COPY --from=build /src/build/saint-venant /usr/local/bin/", 1, NULL },
	{ "CMD [\"saint-venant\", \"--serve\", \"0.0.0.0:8000\"]", 0, NULL },
};

static const struct demo_flaw cpp_flaws[] = {
	{ 4,
	  "/src/src/riemann.cpp: In function 'Flux hll(const State&, const State&)':\n"
	  "/src/src/riemann.cpp:47:22: error: 'clamp' is not a member of 'std'; did you mean 'fclamp'?\n"
	  "   47 |     const double s = std::clamp(sl, -cmax, cmax);\n"
	  "      |                      ^~~\n"
	  "make[2]: *** [src/CMakeFiles/sv.dir/build.make:90: src/CMakeFiles/sv.dir/riemann.cpp.o] Error 1\n"
	  "make[1]: *** [CMakeFiles/Makefile2:112: src/CMakeFiles/sv.dir/all] Error 2\n"
	  "make: *** [Makefile:136: all] Error 2\n",
	  2, NULL },
	{ 4,
	  "/usr/bin/ld: libsv.a(solver.cpp.o): in function `Solver::step(double)':\n"
	  "solver.cpp:(.text+0x1f4): undefined reference to `boundary_inflow(double)'\n"
	  "collect2: error: ld returned 1 exit status\n"
	  "make: *** [Makefile:136: all] Error 2\n",
	  2, NULL },
	{ 1,
	  "Reading package lists...\n"
	  "E: Unable to locate package libeigen4-dev\n",
	  100, NULL },
	{ 3, NULL, 0, "CMakeLists.txt" },
};

const struct demo_stack demo_stacks[] = {
	{ "python:3.12-slim", python_steps, COUNT(python_steps), python_flaws, COUNT(python_flaws), 70, 130, "python app.py",
	  " * Serving Flask app 'app'\n"
	  " * Debug mode: off\n"
	  " * Running on http://127.0.0.1:5000\n"
	  "Press CTRL+C to quit\n",
	  "python:3.12-slm",
	  "[1] [INFO] Starting gunicorn 22.0.0\n"
	  " * Running on http://127.0.0.1:5000\n",
	  "Traceback (most recent call last):\n"
	  "  File \"/app/app.py\", line 12, in <module>\n"
	  "    forcing = pandas.read_csv(os.environ[\"FORCING_FILE\"])\n"
	  "  File \"<frozen os>\", line 714, in __getitem__\n"
	  "KeyError: 'FORCING_FILE'\n",
	  1 },
	{ "node:20-alpine", node_steps, COUNT(node_steps), node_flaws, COUNT(node_flaws), 60, 110, "npm run dev",
	  "\n"
	  "> {project}@0.4.0 dev\n"
	  "> vite\n"
	  "\n"
	  "  VITE v5.4.8  ready in 412 ms\n"
	  "  Local:   http://localhost:5173/\n",
	  "node:20-alpin", "server listens on http://localhost:3000\n",
	  "node:internal/modules/cjs/loader:1148\n"
	  "  throw err;\n"
	  "  ^\n"
	  "Error: Cannot find module 'express'\n"
	  "Require stack:\n"
	  "- /app/server.js\n"
	  "Node.js v20.17.0\n",
	  1 },
	{ "maven:3.9-eclipse-temurin-21", java_steps, COUNT(java_steps), java_flaws, COUNT(java_flaws), 150, 260,
	  "java -jar target/app.jar",
	  "Tomcat started on port 8080 (http) with context path '/'\n"
	  "Started ReservoirScheduler in 3.907 seconds\n",
	  "maven:3.9-temurin-21", "Tomcat started on port 8080 (http) with context path '/'\n",
	  "***************************\n"
	  "APPLICATION FAILED TO START\n"
	  "***************************\n"
	  "Failed to configure a DataSource: 'url' attribute is not specified and no embedded datasource could be configured.\n",
	  1 },
	{ "golang:1.23-alpine", go_steps, COUNT(go_steps), go_flaws, COUNT(go_flaws), 50, 90, "go run ./cmd/{project}",
	  "listening on 127.0.0.1:8000\n", "golang:1.23-alpin", "listening on 127.0.0.1:8000\n",
	  "panic: open /etc/gauges.json: no such file or directory\n"
	  "\n"
	  "goroutine 1 [running]:\n"
	  "main.main()\n"
	  "\t/src/cmd/{project}/main.go:27 +0x1d1\n",
	  2 },
	{ "debian:bookworm", cpp_steps, COUNT(cpp_steps), cpp_flaws, COUNT(cpp_flaws), 120, 220,
	  "build/saint-venant --serve 0.0.0.0:8000", "mesh: 4,096 cells, 12 boundaries\nserving on 0.0.0.0:8000\n",
	  "debian:bookwurm", "mesh: 4,096 cells, 12 boundaries\nserving on 127.0.0.1:8000\n",
	  "saint-venant: error while loading shared libraries: libgomp.so.1: cannot open shared object file: No such file or "
	  "directory\n",
	  127 },
};
const int demo_stack_count = COUNT(demo_stacks);
