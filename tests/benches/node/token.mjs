// Makes the calls that `token` makes for a backend service, in the same order, and signs. What else `token` does, it does not: it proves
// no assertion, decides nothing, writes no trail.
import { createHash } from "node:crypto";
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { answers } from "./loop.mjs";

const table = { TableName: process.env.ADMIT_TABLE };
const dynamodb = new DynamoDBClient({});
const kms = new KMSClient({});
const find = (pk, sk) => dynamodb.send(new GetItemCommand({ ...table, ConsistentRead: true, Key: { pk: { S: pk }, sk: { S: sk } } }));

await find("#TENANT", "AUDIT_KEY");

await answers(async (event) => {
  const tenant = event.rawPath.split("/")[1];
  const form = new URLSearchParams(event.isBase64Encoded ? atob(event.body) : event.body);
  const { sub, jti, exp } = JSON.parse(Buffer.from(form.get("client_assertion").split(".")[1], "base64url"));
  const query = new QueryCommand({
    ...table,
    ConsistentRead: true,
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": { S: `${tenant}#TENANT` } },
  });
  const { Items } = await dynamodb.send(query);
  const key = Items.map(({ body }) => JSON.parse(body.S)).find(({ alg, custody }) => alg === "ES256" && custody);
  const { Item: client } = await find(`${tenant}#CLIENT#${sub}`, "CLIENT");
  if (!client) return { statusCode: 401, body: "{}" };
  const spent = { pk: { S: `${tenant}#JTI#${jti}` }, sk: { S: "JTI" }, expires_at: { N: String(exp) } };
  await dynamodb.send(new PutItemCommand({ ...table, Item: spent, ConditionExpression: "attribute_not_exists(pk)" }));
  const Message = createHash("sha256").update("header.claims").digest();
  const sign = new SignCommand({ KeyId: key.custody.kms.key_id, Message, MessageType: "DIGEST", SigningAlgorithm: "ECDSA_SHA_256" });
  const { Signature } = await kms.send(sign);
  return { statusCode: 200, body: JSON.stringify({ access_token: Buffer.from(Signature).toString("base64url") }) };
});
