const patterns: readonly (readonly [RegExp, string])[] = [
  [/(https?:\/\/)[^\s/@:]+:[^\s/@]+@/gi, '$1***@'],
  [/(https?:\/\/[^\s"'<>?]+)\?[^\s"'<>]*/gi, '$1?***'],
  [
    /\b(sig|se|sv|x-amz-[a-z-]+|access_token|refresh_token|client_secret|code|api[_-]?key|password|token)=[^&\s"']+/gi,
    '$1=***',
  ],
  [/\b(AccountKey|SharedAccessSignature|SharedAccessKey)=[^;\s"']+/gi, '$1=***'],
  [
    /\b(Bearer|Basic|SharedKey|AWS4-HMAC-SHA256)\s+[^\s"',]+(,?\s*(Credential|SignedHeaders|Signature)=[^\s"',]+)*/gi,
    '$1 ***',
  ],
  [
    /"(access_token|refresh_token|id_token|client_secret|private_key|SecretAccessKey|SessionToken)"\s*:\s*"[^"]*"/gi,
    '"$1":"***"',
  ],
  [/<(SecretAccessKey|SessionToken|StringToSign|CanonicalRequest)>[^<]*/g, '<$1>***'],
  [/\b(aws_secret_access_key|aws_session_token)\s*[=:]\s*[^\s"']+/gi, '$1=***'],
  [/\b(AKIA|ASIA)[A-Z0-9]{12,}\b/g, '$1***'],
  [/\bcw_([a-z0-9]{12})_[\w-]+/g, 'cw_$1_***'],
  [/\bya29\.[\w.-]+/g, '***'],
  [/\beyJ[\w-]{10,}\.[\w-]+(\.[\w-]*)?/g, '***'],
]

/** `text` without credentials, tokens and the query strings of URLs (signed URLs carry their signature there). */
export function redact(text: string): string {
  return patterns.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text)
}
