# Everything a reader or an author does. On machines without make, README.md gives the plain commands.
PYTHON ?= python3
PY     := .venv/bin/python
COMPILE = $(PY) -m uv pip compile - --upgrade --universal --python-version 3.11 --no-annotate --no-header --no-emit-index-url
SITE   := build/_build/html

.PHONY: book course exam student-book notebooks live-wheels release grade leaks quizzes test check test-live test-hub robust again serve execute lint skip lock bench clean

book: .venv/installed                ## build the book, warnings are errors
	.venv/bin/jupyter-book build . --config book/_config.yml --toc book/_toc.yml --path-output build -W -n --keep-going
	@echo "The book: file://$(CURDIR)/$(SITE)/index.html"

course: .venv/installed              ## figures as SVG, decks as PDF, and the book with links to them; needs Chromium
	$(PY) course/figures.py
	$(MAKE) book
	$(PY) course/pdf.py
	$(MAKE) book

exam: .venv/installed                ## an exam and its key, in build/exam: SEED=practice, or with COURSE_PRIVATE=folder; needs Chromium
	$(PY) -m course.questions.exam "$(SEED)"

student-book: .venv/installed        ## the book without solutions, or from days on that the file SOLUTIONS=... names
	$(PY) course/student_book.py $(if $(SOLUTIONS),"$(SOLUTIONS)")

notebooks: book                      ## plain copies of chapters and labs, for Colab, VS Code and others that do not read MyST
	mkdir -p build/notebooks && cp $(SITE)/_sources/chapters/*.ipynb $(SITE)/_sources/course/labs/*.ipynb build/notebooks

live-wheels: .venv/installed         ## let the book serve NumPy for the browser itself; FROM=pypi, folder or address
	$(PY) book/live_wheels.py $(if $(FROM),"$(FROM)")

release: .venv/installed             ## write homework for students, and its key: HW=3 SEED=practice, or with COURSE_PRIVATE=folder
	$(PY) -m course.homework.release "$(HW)" "$(SEED)"

leaks: .venv/installed               ## look in all that is public for what COURSE_PRIVATE=folder keeps secret
	$(PY) -m course.homework.leaks

grade: .venv/installed               ## grade HW=3 or list receipts of LAB=3: ROSTER=… SUBMISSIONS=…, see course/grading.md
	$(PY) -m course.grading.grade "$(if $(LAB),lab$(LAB),hw$(HW))" --roster "$(ROSTER)" --submissions "$(SUBMISSIONS)" \
		--seed "$(SEED)" --lms "$(LMS)" --due "$(DUE)" --extensions "$(EXTENSIONS)" \
		--assistants "$(or $(ASSISTANTS),sheet)" $(if $(UNSAFE),--unsafe)

quizzes: book                        ## all questions for Moodle and Canvas, in build/quizzes: SEED=practice, or with COURSE_PRIVATE=folder
	$(PY) -m course.questions.export "$(SEED)"

# One process more than a small machine has processors: many tests wait for a browser.
test: .venv/frameworks               ## run everything: unit tests, doctests, every notebook, the built book
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m pytest -n 3 --dist loadscope

check: .venv/installed               ## a minute or two: what the tests that matter most say to what you have changed
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m pytest -q -n 2 --dist loadscope $$($(PY) tests/changed.py)

# Of all chapters and labs, or of CHAPTERS=chapters/06-optimizers.ipynb
CHAPTERS ?= chapters/*.ipynb course/labs/*.ipynb
SEEDS    ?= 20
STUDENTS ?= 20

test-hub: notebooks .venv/hub         ## rehearse a class on a JupyterHub on this machine, with STUDENTS=20
	$(PY) -m course.hub.rehearsal --students $(STUDENTS)

robust: .venv/frameworks             ## run chapters with every matrix product off by its last bit, SEEDS times
	$(PY) tests/outputs.py --seeds $(SEEDS) $(CHAPTERS)

again: .venv/frameworks              ## run chapters, then each cell again from the last to the first
	$(PY) tests/outputs.py --again $(CHAPTERS)

test-live: .venv/installed           ## run every cell of every chapter in a browser, with NumPy and Matplotlib
	$(PY) -m pytest tests/book/test_live.py -k runs_in_the_browser -m ""

serve: book                          ## serve the built book and open it in the browser
	(sleep 1; $(PY) -m webbrowser http://localhost:8000) & $(PY) -m http.server 8000 --bind localhost --directory $(SITE)

execute: .venv/frameworks            ## run chapters and labs, and store their new outputs
	$(PY) book/execute.py $(CHAPTERS)

lint: .venv/installed                ## format and lint code, scripts, styles and notebooks; write list of words, and times
	$(PY) -m ruff format . && $(PY) -m ruff check --fix .
	$(PY) book/javascript.py --fix
	$(PY) book/words.py
	$(PY) book/times.py chapters/*.ipynb
	$(PY) book/canonical.py chapters/*.ipynb course/labs/*.ipynb

skip: .venv/installed                ## tell what falls if a section is skipped: SECTION=neurons-novikoff
	$(PY) course/skip.py $(SECTION)

lock: .venv/installed                ## compile the files of requirements from the ranges in pyproject.toml
	$(PY) -m pip install --quiet uv
	echo "-e .[book,test,widgets]" | $(COMPILE) -o requirements.txt
	grep -v "^-e" requirements.txt > .venv/constraints.txt
	echo "-e .[frameworks]" | $(COMPILE) --quiet --constraint .venv/constraints.txt -o .venv/frameworks.txt
	# On top of the first file, and without what only a GPU needs.
	sed -i '2,$$d' requirements-frameworks.txt
	grep -vxFf requirements.txt .venv/frameworks.txt | grep -Ev "^(cuda|nvidia|triton)\b" >> requirements-frameworks.txt
	echo "-e .[hub]" | $(COMPILE) --quiet --constraint .venv/constraints.txt -o .venv/hub.txt
	sed -i '2,$$d' course/hub/requirements.txt
	grep -vxFf requirements.txt .venv/hub.txt >> course/hub/requirements.txt

bench: .venv/frameworks              ## compare speed and accuracy with the frameworks (about two hours)
	$(PY) -m benchmarks

.venv/installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

# TensorFlow, PyTorch and JAX, for chapter 9 and the benchmarks; the book and the other chapters do without.
.venv/frameworks: .venv/installed requirements-frameworks.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-frameworks.txt
	touch $@

# JupyterHub and nbgitpuller, for `make test-hub`.
.venv/hub: .venv/installed course/hub/requirements.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r course/hub/requirements.txt
	touch $@

clean:                               ## remove everything that is not in the repository's history
	rm -rf .venv build book/node_modules
