// Reads a tenant's partition, as every function of this server does first, and answers. Below is the Runtime API's loop and no more of
// a runtime: Lambda's own does more, and takes longer.
import { DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";

const table = process.env.ADMIT_TABLE;
const client = new DynamoDBClient({});

async function handler(event) {
  const tenant = event.rawPath.split("/")[1];
  const query = new QueryCommand({
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": { S: `${tenant}#TENANT` } },
  });
  const { Items } = await client.send(query);
  return { statusCode: Items.length > 0 ? 200 : 404, body: JSON.stringify({ items: Items.length }) };
}

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
for (;;) {
  const next = await fetch(`${api}/next`);
  const id = next.headers.get("lambda-runtime-aws-request-id");
  const answer = await handler(await next.json());
  await fetch(`${api}/${id}/response`, { method: "POST", body: JSON.stringify(answer) });
}
