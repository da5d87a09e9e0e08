// Runs the calls of the JSON on standard input one after the other with AWS's SDK for JavaScript, and prints what each answered.
// "$2.UserId" in an input stands for that member of call 2's answer; "pages:ListUsers" collects the pages of the SDK's paginator.
import { readFileSync } from 'node:fs';
import * as sdk from '@aws-sdk/client-workmail';

const { client: settings, calls } = JSON.parse(readFileSync(0, 'utf8'));
const client = new sdk.WorkMailClient({ maxAttempts: 1, ...settings });
const answers = [];

const resolve = value => {
  if (typeof value === 'string' && /^\$\d+\./.test(value)) {
    const [call, member] = value.slice(1).split('.');
    return answers[Number(call)].answer[member];
  }
  if (Array.isArray(value))
    return value.map(resolve);
  return value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)])) : value;
};

for (const [operation, input] of calls) {
  try {
    if (operation.startsWith('pages:')) {
      const pages = [];
      for await (const page of sdk[`paginate${operation.slice(6)}`]({ client, pageSize: input.MaxResults }, resolve(input)))
        pages.push(page);
      answers.push({ pages });
      continue;
    }
    const { $metadata, ...answer } = await client.send(new sdk[`${operation}Command`](resolve(input)));
    answers.push({ answer, requestId: $metadata.requestId });
  } catch (error) {
    answers.push({ error: error.name, status: error.$metadata?.httpStatusCode, message: error.message });
  }
}
console.log(JSON.stringify(answers));
