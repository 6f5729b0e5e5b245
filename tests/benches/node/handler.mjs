// Reads a tenant's partition, as every function of this server does first, and answers.
import { DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { answers } from "./loop.mjs";

const client = new DynamoDBClient({});

await answers(async (event) => {
  const tenant = event.rawPath.split("/")[1];
  const query = new QueryCommand({
    TableName: process.env.ADMIT_TABLE,
    ConsistentRead: true,
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": { S: `${tenant}#TENANT` } },
  });
  const { Items } = await client.send(query);
  return { statusCode: Items.length > 0 ? 200 : 404, body: JSON.stringify({ items: Items.length }) };
});
