// An unchanged client library goes the whole way: discovery, a code with PKCE, tokens, refresh, revocation.
// Arguments: gateway, issuer, client id, client secret or "", redirect URI, user, password. Prints what it got as JSON.
import http from 'node:http';
import * as oauth from 'oauth4webapi';

const [gateway, issuerName, clientId, secret, redirectUri, username, password] = process.argv.slice(2);
const issuer = new URL(issuerName);
// The issuer's name stands for the gateway, as a proxy before it would; a connection for each request, no redirect is followed.
const reach = (url, { method = 'GET', headers = {}, body } = {}) => new Promise((resolve, reject) => {
    const head = Object.fromEntries(new Headers(headers));
    if (body instanceof URLSearchParams)
        head['content-type'] ??= 'application/x-www-form-urlencoded';
    http.request(String(url).replace(issuer.origin, gateway), { method, headers: head, agent: false }, (got) => {
        const parts = [];
        got.on('data', (part) => parts.push(part)).on('error', reject).on('end', () => resolve(new Response(
            parts.length ? Buffer.concat(parts) : null, { status: got.statusCode, headers: Object.entries(got.headers).map(([k, v]) => [k, String(v)]) })));
    }).on('error', reject).end(body && String(body));
});
const plain = { [oauth.customFetch]: reach, [oauth.allowInsecureRequests]: true };

const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { ...plain, algorithm: 'oauth2' }));
const client = { client_id: clientId };
const proof = secret ? oauth.ClientSecretBasic(secret) : oauth.None();

// The browser.
const verifier = oauth.generateRandomCodeVerifier(), state = oauth.generateRandomState();
const address = new URL(server.authorization_endpoint);
for (const [name, value] of Object.entries({
    client_id: clientId, redirect_uri: redirectUri, response_type: 'code', scope: 'account', state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
})) address.searchParams.set(name, value);
const page = await reach(address, { headers: { Accept: 'text/html' } });
const html = await page.text();
const form = new URLSearchParams([...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)]
    .map(([, name, value]) => [name, value.replaceAll('&amp;', '&')]));
form.set('username', username);
form.set('password', password);
const action = new URL(/<form method="post" action="([^"]+)"/.exec(html)[1], address);
const sent = await reach(action, { method: 'POST', body: form, headers: { Accept: 'text/html', 'Sec-Fetch-Site': 'same-origin' } });
const back = new URL(sent.headers.get('Location'));

// The client.
const answer = oauth.validateAuthResponse(server, client, back, state);
const tokens = await oauth.processAuthorizationCodeResponse(server, client,
    await oauth.authorizationCodeGrantRequest(server, client, proof, answer, redirectUri, verifier, plain));
const me = await oauth.protectedResourceRequest(tokens.access_token, 'GET', new URL('/api/v1/auth/me', issuer), undefined, undefined, plain);
const next = await oauth.processRefreshTokenResponse(server, client,
    await oauth.refreshTokenGrantRequest(server, client, proof, tokens.refresh_token, plain));
const told = secret ? await oauth.processIntrospectionResponse(server, client,
    await oauth.introspectionRequest(server, client, proof, next.access_token, plain)) : null;
await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, proof, next.refresh_token, plain));
const after = await reach(new URL('/api/v1/auth/me', issuer), { headers: { Authorization: `Bearer ${next.access_token}` } });

console.log(JSON.stringify({ page: page.status, sent: sent.status, me: (await me.json()).email, tokens, next, told, after: after.status }));
