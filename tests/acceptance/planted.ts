/** Secrets that no output and no file may show. */
export const planted = {
  awsKeyId: 'AKIAPLANTEDKEYID0001',
  awsSecret: 'plantedAwsSecretAccessKey/0123456789+abcdef',
  awsToken: 'plantedAwsSessionToken//0123456789abcdefghijklmnop',
  sasSignature: 'plantedSasSignature0123456789abcdef',
  bearer: 'eyJplantedHeader0123.plantedPayload4567.plantedSeal89',
  googleToken: 'ya29.plantedGoogleToken0123456789',
  urlSignature: 'plantedUrlSignature0123456789abcdef',
} as const

/** How errors of providers, proxies and gateways repeat a request to whoever reads them. */
export const echo = {
  aws: `Request https://bills.s3.amazonaws.com/x?X-Amz-Security-Token=${encodeURIComponent(planted.awsToken)}&X-Amz-Signature=${planted.urlSignature} with Authorization: AWS4-HMAC-SHA256 Credential=${planted.awsKeyId}/20260320/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=${planted.urlSignature} was refused`,
  azure: `GET https://acct.blob.core.windows.net/exports?sv=2021-08-06&se=2026-03-21&sig=${planted.sasSignature} with Authorization: Bearer ${planted.bearer} was refused`,
  google: `Invalid credentials: Authorization: Bearer ${planted.googleToken}, access_token=${planted.googleToken}`,
}
