// A terminal in a container: shows what the shell writes without its control sequences, and sends whole lines. See docs/live.md.
(() => {
	'use strict';

	const place = document.querySelector('[data-terminal]');
	if (!place || !window.WebSocket)
		return;
	const screen = document.getElementById('terminal-screen'), state = document.getElementById('terminal-state');
	const form = document.getElementById('terminal-form'), line = document.getElementById('terminal-line');
	const SHOWN_MAX = 200000;
	const HISTORY_MAX = 100;
	// CSI, OSC, character sets, and single escapes.
	const SEQUENCES = /\x1b\[[0-?]*[ -\/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-Za-z]|\x1b[=>78cDEHMNOZ]/g;
	const OPEN_SEQUENCE = /\x1b(?:\[[0-?]*[ -\/]*|\][^\x07\x1b]*|[()]?)$/;
	const decoder = new TextDecoder(), encoder = new TextEncoder();
	const history = [];
	let at = 0, rest = '', text = '', drawing = false;

	function draw() {
		drawing = false;
		const low = screen.scrollHeight - screen.scrollTop - screen.clientHeight < 40;
		screen.textContent = text;
		if (low)
			screen.scrollTop = screen.scrollHeight;
	}

	// What a line printer would do: return goes to the line's begin and writes over it, backspace takes one back.
	function print(piece) {
		let whole = rest + piece;
		const open = whole.match(OPEN_SEQUENCE);
		rest = open ? open[0] : '';
		whole = whole.slice(0, whole.length - rest.length).replace(SEQUENCES, '').replace(/\r+\n/g, '\n');
		for (const part of whole.split(/([\r\b\x07])/)) {
			if (part === '\r')
				text = text.slice(0, text.lastIndexOf('\n') + 1);
			else if (part === '\b')
				text = text.endsWith('\n') ? text : text.slice(0, -1);
			else if (part !== '\x07')
				text += part;
		}
		text = text.slice(-SHOWN_MAX);
		if (!drawing)
			requestAnimationFrame(draw);
		drawing = true;
	}

	const scheme = location.protocol === 'https:' ? 'wss://' : 'ws://';
	const socket = new WebSocket(scheme + location.host + place.dataset.address, 'terminal');
	socket.binaryType = 'arraybuffer';
	state.textContent = place.dataset.opening;
	let ended = false, opened = false;

	const send = keys => socket.readyState === WebSocket.OPEN && socket.send(encoder.encode(keys));
	const size = () => ({ columns: Math.max(20, Math.min(240, Math.floor(screen.clientWidth / 8))), rows: 40 });

	socket.onopen = () => socket.send(JSON.stringify(Object.assign({ ticket: place.dataset.terminal }, size())));
	const ends = place.dataset.ends.split('|'); // what the stream says, and the same in the reader's language
	const own = text => ends.includes(text) ? ends[ends.indexOf(text) + 1] : text;
	socket.onmessage = event => {
		if (typeof event.data !== 'string') {
			print(decoder.decode(event.data, { stream: true }));
			return;
		}
		const news = JSON.parse(event.data);
		ended = news.state === 'ended';
		opened = opened || !ended;
		state.textContent = ended ? (opened ? place.dataset.ended : place.dataset.refused) + ' ' + own(news.message) : place.dataset.open;
		form.hidden = ended;
		if (!ended)
			line.focus();
	};
	socket.onclose = () => {
		form.hidden = true;
		if (!ended)
			state.textContent = place.dataset.lost;
	};

	form.addEventListener('submit', event => {
		event.preventDefault();
		if (line.value && history[history.length - 1] !== line.value)
			history.push(line.value);
		history.splice(0, history.length - HISTORY_MAX);
		at = history.length;
		send(line.value + '\r');
		line.value = '';
	});
	line.addEventListener('keydown', event => {
		const back = event.key === 'ArrowUp', on = event.key === 'ArrowDown';
		if (event.ctrlKey && (event.key === 'c' || event.key === 'd') && line.selectionStart === line.selectionEnd) {
			event.preventDefault();
			send(event.key === 'c' ? '\x03' : '\x04');
		} else if (back || on) {
			event.preventDefault();
			at = Math.max(0, Math.min(history.length, at + (back ? -1 : 1)));
			line.value = history[at] || '';
		}
	});
	document.getElementById('terminal-interrupt').addEventListener('click', () => { send('\x03'); line.focus(); });
	document.getElementById('terminal-end').addEventListener('click', () => { send('\x04'); line.focus(); });
})();
