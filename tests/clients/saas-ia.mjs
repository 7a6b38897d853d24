// The front end of the transcription product, as far as it meets the API: what it sends, what it reads, what it does when something
// fails. Arguments: base address, e-mail, password, recording, video address. Prints what it saw as JSON.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

const [base, email, password, recording, video] = process.argv.slice(2);
const RETRIES_MS = [1000, 2000, 4000], TIMEOUT_MS = 30_000, POLL_MS = 3000;
const kept = {};                        // what a browser would keep in its local storage
const seen = { refreshed: 0, statuses: [] };

class ApiError extends Error {
    constructor(status, body) {
        // A validation error is shown by field: the first element of a place says where the field was.
        const list = Array.isArray(body?.detail) ? body.detail.map((flaw) => `${flaw.loc.slice(1).join('.')}: ${flaw.msg}`) : null;
        super(list ? list.join('; ') : body?.detail ?? `status ${status}`);
        Object.assign(this, { status, body, list });
    }
}

async function send(path, { method = 'GET', body, headers = {} }) {
    const head = { 'X-Request-Time': new Date().toISOString(), ...headers };
    if (kept.token)
        head.Authorization = `Bearer ${kept.token}`;
    if (body && !(body instanceof FormData) && !(body instanceof URLSearchParams)) {
        head['Content-Type'] = 'application/json';
        body = JSON.stringify(body);
    }
    const answer = await fetch(base + path, { method, body, headers: head, signal: AbortSignal.timeout(TIMEOUT_MS) });
    seen.statuses.push(`${method} ${path.replace(/[0-9a-f-]{36}/, '{id}')} ${answer.status}`);
    return answer;
}

// A fault of the server or of the network is tried again, whatever the method is.
async function patient(path, ask) {
    for (let turn = 0; ; turn++) {
        try {
            const answer = await send(path, ask);
            if (answer.status < 500 || turn === RETRIES_MS.length)
                return answer;
        } catch (fault) {
            if (turn === RETRIES_MS.length)
                throw fault;
        }
        await new Promise((over) => setTimeout(over, RETRIES_MS[turn]));
    }
}

async function refresh() {
    const answer = await fetch(`${base}/api/auth/refresh`, {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ refresh_token: kept.refresh }) });
    if (!answer.ok)
        throw new ApiError(answer.status, await answer.json());
    const pair = await answer.json();
    kept.token = pair.access_token;
    kept.refresh = pair.refresh_token;
    seen.refreshed++;
}

async function api(path, ask = {}) {
    let answer = await patient(path, ask);
    if (answer.status === 401 && kept.refresh) {
        await refresh();
        answer = await patient(path, ask);
    }
    const body = answer.status === 204 ? null : await answer.json();
    if (!answer.ok)
        throw new ApiError(answer.status, body);
    return body;
}

const failed = (promise) => promise.then(() => null, (error) => ({ status: error.status, message: error.message, list: error.list }));

async function login() {
    const pair = await api('/api/auth/login', { method: 'POST', body: new URLSearchParams({ username: email, password }) });
    kept.token = pair.access_token;
    kept.refresh = pair.refresh_token;
    seen.type = pair.token_type;
    seen.me = await api('/api/auth/me');
}

async function followed(id) {
    for (;;) {
        const one = await api(`/api/transcription/${id}`);
        if (one.status === 'completed' || one.status === 'failed')
            return one;
        await new Promise((over) => setTimeout(over, POLL_MS));
    }
}

seen.registered = await api('/api/auth/register', { method: 'POST', body: { email, password } });
seen.twice = await failed(api('/api/auth/register', { method: 'POST', body: { email, password } }));
seen.wrong = await failed(api('/api/auth/login', { method: 'POST', body: new URLSearchParams({ username: email, password: 'Wrong-1234' }) }));
await login();

const form = new FormData();
form.set('file', new Blob([await readFile(recording)], { type: 'audio/wav;codecs=1' }), basename(recording));
form.set('language', 'en');
seen.uploaded = await api('/api/transcription/upload', { method: 'POST', body: form });
seen.heard = await followed(seen.uploaded.id);

seen.empty = await failed(api('/api/transcription', { method: 'POST', body: {} }));
seen.odd = await failed(api('/api/transcription', { method: 'POST', body: { video_url: 'https://example.org/page' } }));
const asked = { video_url: video, language: 'auto' };
seen.created = await api('/api/transcription', { method: 'POST', body: asked });
seen.again = await api('/api/transcription', { method: 'POST', body: asked });        // as after a fault of the network

// A page of the list is wrapped by the client itself: there is more when the page is full.
const page = await api('/api/transcription?skip=0&limit=1');
seen.page = { items: page.length, has_more: page.length === 1, first: page[0]?.id };
seen.stats = await api('/api/transcription/stats');

kept.token = 'stale.' + kept.token.split('.').slice(1).join('.');           // it ran out meanwhile
seen.listed = (await api('/api/transcription')).map((one) => one.id);

seen.deleted = await api(`/api/transcription/${seen.created.id}`, { method: 'DELETE' });
seen.gone = await failed(api(`/api/transcription/${seen.created.id}`));
seen.nowhere = await failed(api('/api/transcription/not-an-id'));
console.log(JSON.stringify(seen));
