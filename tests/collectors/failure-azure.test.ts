import { expect, test } from 'vitest'
import { failureOf } from '../../src/collectors/failure.ts'

const error = (message: string, fields: Record<string, unknown> = {}) => Object.assign(new Error(message), fields)

test.each([
  ['a host without address', error('getaddrinfo ENOTFOUND a.blob.core.windows.net', { code: 'ENOTFOUND' }), 'broken'],
  ["a cut body in the Azure SDK's words", error('The operation was aborted.', { name: 'AbortError' }), 'broken'],
  [
    "a short body in the Azure SDK's words",
    error('Data corruption failure: received less data than required and reached maxRetires limitation.'),
    'broken',
  ],
  ['a blob that is not there', error('x', { statusCode: 404, code: 'BlobNotFound' }), 'gone'],
  ['a blob of another version', error('x', { statusCode: 412, code: 'ConditionNotMet' }), 'gone'],
  ['a missing role', error('x', { statusCode: 403, code: 'AuthorizationPermissionMismatch' }), 'denied'],
  ['a firewall', error('x', { statusCode: 403, code: 'AuthorizationFailure' }), 'denied'],
  ['a SAS that has run out', error('x', { statusCode: 403, code: 'AuthenticationFailed' }), 'expired'],
  ['a token that has run out', error('x', { statusCode: 401, code: 'InvalidAuthenticationInfo' }), 'expired'],
  ['a busy server', error('x', { statusCode: 503, code: 'ServerBusy' }), 'busy'],
  ['an object of Cloud Storage that is not there', error('x', { code: 404 }), 'gone'],
])('%s is read as what it is', (_, thrown, kind) => {
  expect(failureOf(thrown).kind).toBe(kind)
})
