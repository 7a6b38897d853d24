// An unchanged client library verifies what was received. Standard input: {"secret", "messages": [{"headers", "body"}]}, the body in base64.
// Prints for each the event, or why it was refused, as a line of JSON.
import { Webhook } from 'standardwebhooks';

let input = '';
for await (const part of process.stdin)
    input += part;
const { secret, messages } = JSON.parse(input);
const webhook = new Webhook(secret);

for (const { headers, body } of messages) {
    try {
        console.log(JSON.stringify({ event: webhook.verify(Buffer.from(body, 'base64').toString('utf8'), headers) }));
    } catch (error) {
        console.log(JSON.stringify({ refused: error.name, why: error.message }));
    }
}
