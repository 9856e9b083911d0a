// Copies what is shown once, and keeps a page live: appends log lines and refreshes the parts whose state changed. What templates promise is in docs/live.md.
(() => {
	'use strict';

	// What is there to be copied is copied by a button.
	for (const button of document.querySelectorAll('[data-copy]')) {
		const field = document.getElementById(button.dataset.copy);
		button.hidden = false;
		button.addEventListener('click', async () => {
			field.select();
			if (navigator.clipboard)
				await navigator.clipboard.writeText(field.value);
			else
				document.execCommand('copy'); // over plain http browsers lend no clipboard
			button.textContent = button.dataset.copied;
		});
	}
	if (!window.EventSource)
		return;

	const LINES_MAX = 5000, SAID_MAX = 3;
	const PAUSE_MIN = 2000, PAUSE_MAX = 60000, ASK_PAUSE = 1000;
	const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));

	// A stream that opens again by itself, also where the browser gives up (an error status), and rests while the page is hidden.
	function stream(address, handlers) {
		let source = null, timer = 0, pause = PAUSE_MIN, ended = false;
		function close() {
			clearTimeout(timer);
			timer = 0;
			if (source)
				source.close();
			source = null;
		}
		function open() {
			close();
			if (ended || document.hidden)
				return;
			source = new EventSource(address());
			source.onopen = () => { pause = PAUSE_MIN; };
			source.onerror = () => {
				if (!source || source.readyState !== EventSource.CLOSED)
					return;
				close();
				timer = setTimeout(open, pause);
				if (pause === PAUSE_MIN)
					refresh(); // perhaps nobody is signed in any more
				pause = Math.min(pause * 2, PAUSE_MAX);
			};
			for (const name of Object.keys(handlers))
				source.addEventListener(name, event => handlers[name](JSON.parse(event.data)));
		}
		document.addEventListener('visibilitychange', open);
		open();
		return { end() { ended = true; close(); } };
	}

	// The whole page again, which goes on saying what was done last.
	const notice = document.getElementById('notice');
	function loadAgain() {
		sessionStorage.setItem('notice', notice.textContent);
		location.reload();
	}
	if (notice && notice.hidden && (notice.textContent = sessionStorage.getItem('notice') || ''))
		notice.hidden = false;
	sessionStorage.removeItem('notice');

	// ---- parts: the page asks for itself and takes over what changed

	let due = 0, asked = 0, pause = ASK_PAUSE;
	let again = false; // something changed since the page was asked for
	let behind = false; // the page is older than what was told: a part was in use, or nobody looked

	function isTyped(root) {
		return all('input, textarea', root).some(f => f.value !== f.defaultValue || f.checked !== f.defaultChecked);
	}

	function isInUse(part) {
		return part.contains(document.activeElement) || isTyped(part);
	}

	// What the page says of each thing that may change, for those who hear it: data-say is the thing's name.
	function sayings() {
		return new Map(all('[data-say]').map(e => [e.dataset.say, e.textContent.trim().replace(/\s+/g, ' ')]));
	}

	function say(before) {
		const place = document.getElementById('said');
		const news = Array.from(sayings()).filter(([name, text]) => before.has(name) && before.get(name) !== text);
		if (place && news.length)
			place.textContent = news.slice(0, SAID_MAX).map(([name, text]) => `${name}: ${text}`).join('. ');
	}

	// A part in use stays as it is; those within it that are not are taken over alone.
	function takeOver(text) {
		const fresh = new DOMParser().parseFromString(text, 'text/html'), before = sayings();
		const parts = new Map(all('[data-part]', fresh).map(e => [e.dataset.part, e]));
		for (const part of all('[data-part]')) {
			const now = parts.get(part.dataset.part);
			if (!now || !part.isConnected || part.outerHTML === now.outerHTML)
				continue;
			if (isInUse(part))
				behind = true;
			else
				part.replaceWith(document.importNode(now, true));
		}
		document.title = fresh.title;
		say(before);
		const log = document.getElementById('log'), newLog = fresh.getElementById('log');
		if (newLog && newLog.dataset.stream && !(log && log.dataset.stream))
			loadAgain(); // a log has begun where there was none
	}

	async function ask() {
		asked = Date.now();
		behind = false;
		let failed = false;
		try {
			const answer = await fetch(location.href);
			failed = answer.status === 429 || answer.status >= 500;
			if (answer.ok && !answer.redirected)
				takeOver(await answer.text());
			else if (new URL(answer.url).pathname === '/login' && !all('form').some(isTyped))
				location.assign(answer.url); // what the page shows would stay as it is, and be taken for true
		} catch (error) {
			failed = true;
		}
		pause = failed ? Math.min(pause * 2, PAUSE_MAX) : ASK_PAUSE;
		again = again || failed;
		due = 0;
		watch();
		if (again)
			refresh();
	}

	function refresh() {
		again = due !== 0; // what changes while the page is asked for may not be in the answer
		behind = behind || document.hidden;
		if (!due && !document.hidden)
			due = setTimeout(() => { again = false; ask(); }, Math.max(50, asked + pause - Date.now()));
	}
	// What a part in use, or a page that nobody saw, did not take over is made up for.
	for (const event of ['focusout', 'change', 'visibilitychange'])
		document.addEventListener(event, () => { if (behind) refresh(); });

	// ---- states

	const known = new Map(); // "build 7" -> what it last was
	let states = null, watched = '';

	function ids(kind) {
		return Array.from(new Set(all(`[data-${kind}]`).map(e => e.dataset[kind]).filter(id => /^[1-9][0-9]*$/.test(id)))).slice(0, kind === 'project' ? 250 : 100);
	}

	function onState(state) {
		const key = `${state.kind} ${state.id}`, text = JSON.stringify(state), before = known.get(key);
		const shown = all(`[data-${state.kind}="${state.id}"][data-status]`)[0];
		known.set(key, text);
		// The first word on an object: only a page that says the same is up to date.
		if (before === undefined ? !shown || shown.dataset.status !== (state.status || state.app_state) : before !== text)
			refresh();
	}

	function watch() {
		const builds = ids('build'), projects = ids('project');
		const query = [builds[0] && `builds=${builds}`, projects[0] && `projects=${projects}`].filter(Boolean).join('&');
		if (query === watched)
			return;
		watched = query;
		if (states)
			states.end();
		states = query ? stream(() => `/stream/state?${query}`, { state: onState }) : null;
	}

	// ---- the log

	function section(log, container) {
		const sections = all('.log-part', log);
		const found = sections.find(part => Number(part.dataset.container) === container);
		if (found)
			return found;
		const made = document.createElement('section');
		made.className = 'log-part';
		made.dataset.container = container;
		log.insertBefore(made, sections.find(part => Number(part.dataset.container) > container) || null);
		return made;
	}

	function scroller(log) {
		return /auto|scroll/.test(getComputedStyle(log).overflowY) ? log : document.scrollingElement;
	}

	function follow(log) {
		let last = Number(log.dataset.last) || 0;
		let line = log.dataset.lines === undefined ? NaN : Number(log.dataset.lines);
		const box = scroller(log), toggle = document.querySelector('[data-follow]');
		const isAtEnd = () => box.scrollHeight - box.scrollTop - box.clientHeight < 40;
		const toEnd = () => { box.scrollTop = box.scrollHeight; };

		function number(element) {
			const anchor = element.firstElementChild;
			if (isNaN(line) || element.classList.contains('log-more'))
				return;
			line++;
			element.id = `L${line}`;
			anchor.href = `#L${line}`;
			anchor.textContent = line;
		}

		function append(piece) {
			if (piece.seq <= last)
				return;
			last = piece.seq;
			const stay = toggle ? toggle.checked : isAtEnd();
			const part = section(log, piece.container), before = part.lastElementChild;
			part.insertAdjacentHTML('beforeend', piece.html);
			for (let e = before ? before.nextElementSibling : part.firstElementChild; e; e = e.nextElementSibling)
				number(e);
			const lines = log.getElementsByClassName('log-line');
			for (let over = lines.length - LINES_MAX; over > 0; over--)
				lines[0].remove();
			if (stay)
				toEnd();
		}

		if (toggle) {
			toggle.addEventListener('change', () => { if (toggle.checked) toEnd(); });
			(box === log ? log : window).addEventListener('scroll', () => { toggle.checked = isAtEnd(); }, { passive: true });
		}
		if (!location.hash && box === log)
			toEnd();
		const first = last;
		const live = stream(() => `${log.dataset.stream}?after=${last}`, {
			lines: append,
			state: onState,
			end(how) {
				live.end();
				if (how.archived && last === first)
					loadAgain(); // the lines between are in the archive
				else
					refresh();
			},
		});
	}

	// ---- what needs a script at all, and small comforts

	for (const element of all('[data-needs-script]'))
		element.hidden = false;
	for (const box of all('[data-end]'))
		box.scrollTop = box.scrollHeight;
	// A line that an address names may lie in a step that is folded.
	function reveal() {
		const target = /^#L[0-9]+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
		const step = target && target.closest('details');
		if (step)
			step.open = true;
		if (target)
			target.scrollIntoView({ block: 'center' });
	}
	window.addEventListener('hashchange', reveal);
	reveal();
	// What is waited for since a moment: how long so far, as the page wrote it.
	function tick() {
		for (const span of all('[data-since]')) {
			const [seconds, minutes, hours] = span.dataset.units.split('|');
			const n = Math.max(0, Math.floor((Date.now() - Date.parse(span.dataset.since)) / 1000));
			const two = number => String(number).padStart(2, '0');
			span.textContent = n < 60 ? `${n} ${seconds}` : n < 3600 ? `${Math.floor(n / 60)} ${minutes} ${two(n % 60)} ${seconds}`
				: `${Math.floor(n / 3600)} ${hours} ${two(Math.floor(n / 60) % 60)} ${minutes}`;
		}
	}
	setInterval(tick, 1000);
	// Parts that nobody tells of changes are asked for again while the page is seen.
	const every = all('[data-every]').map(part => Number(part.dataset.every)).filter(seconds => seconds >= 5);
	if (every.length)
		setInterval(refresh, Math.min(...every) * 1000);

	const log = document.getElementById('log');
	if (log && log.dataset.stream)
		follow(log);
	watch();
})();
