import { z } from 'zod'
import { missing, text, texts } from './config-values.ts'

const yes = (fallback: boolean) =>
  z.preprocess(
    (value) => (value === 'true' ? true : value === 'false' ? false : value),
    z.boolean({ error: 'must be true or false' }).default(fallback),
  )

const question = z.strictObject({
  query: text,
  params: z.record(z.string(), text, { error: 'must hold parameters' }).default({}),
})

/** Where `costwright publish` writes what the edge serves, and what of it. */
export const publishSchema = z
  .strictObject({
    bucket: text.optional(),
    folder: text.optional(),
    endpoint: text
      .refine((value) => /^https?:\/\/[^\s/]+\/?$/.test(value), 'must be an https address without a path')
      .optional(),
    region: text.optional(),
    /** Of the keys; empty: the bucket is costwright's alone. */
    prefix: text
      .refine((value) => !value.startsWith('/') && !value.endsWith('/'), 'must not begin or end with a slash')
      .optional(),
    profile: text.optional(),
    role_arn: text.optional(),
    external_id: text.optional(),
    open: yes(false),
    follow: yes(false),
    audiences: z.array(texts.min(1, 'is empty'), { error: missing('must be a list of lists of teams') }).default([]),
    questions: z.array(question, { error: missing('must be a list') }).default([]),
  })
  .refine(({ bucket, folder }) => (bucket === undefined) !== (folder === undefined), {
    message: 'needs either bucket or folder',
    when: (payload) => typeof payload.value === 'object' && payload.value !== null,
  })
  .optional()

export type PublishConfig = NonNullable<z.output<typeof publishSchema>>
