// Sends the messages of the JSON on standard input with nodemailer, over one connection; prints what became of each.
import { readFileSync } from 'node:fs';
import nodemailer from 'nodemailer';

const { transport, messages } = JSON.parse(readFileSync(0, 'utf8'));
if (transport.tls?.caFile)
  transport.tls.ca = readFileSync(transport.tls.caFile);
const mailer = nodemailer.createTransport({ ...transport, pool: true, maxConnections: 1 });
const results = [];
for (const message of messages) {
  try {
    const sent = await mailer.sendMail(message);
    results.push({ accepted: sent.accepted, rejected: sent.rejected, response: sent.response });
  } catch (error) {
    results.push({ error: error.response ?? error.message, code: error.responseCode });
  }
}
mailer.close();
console.log(JSON.stringify(results));
