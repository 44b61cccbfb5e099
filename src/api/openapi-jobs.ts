import { mostValues } from '../jobs/arguments.ts'
import { type JobKind, jobKinds } from '../jobs/kinds.ts'
import { type JobOption, optionTypes } from '../jobs/options.ts'
import { jobStates } from '../state/jobs.ts'

type Json = Readonly<Record<string, unknown>>

const text = { type: 'string' }
const nullableText = { type: ['string', 'null'] }
const instant = { type: 'string', format: 'date-time' }
const nullableInstant = { type: ['string', 'null'], format: 'date-time' }
const count = { type: 'integer', minimum: 0 }
const object = (properties: Json) => ({ type: 'object', required: Object.keys(properties), properties })
const list = (items: Json) => ({ type: 'array', items })

const progress = {
  type: ['object', 'null'],
  description: 'How far it has come; `done` of `total` in any unit',
  properties: { label: text, done: { type: 'number' }, total: { type: 'number' } },
}
const head = {
  ...{ job_id: text, kind: { type: 'string', enum: jobKinds.map(({ kind }) => kind) }, options: { type: 'object' } },
  ...{ actor: text, state: { type: 'string', enum: jobStates } },
  ...{ created_at: instant, started_at: nullableInstant, ended_at: nullableInstant },
  exit_code: { type: ['integer', 'null'], description: 'Of the command: 0 done, 1 failed, 2 wrong use' },
  progress,
  problem: { type: ['object', 'null'], properties: { detail: text, hint: nullableText } },
}

/** Schemas that the description keeps among its components. */
export const jobSchemas: Json = {
  Job: object({
    ...head,
    result: { description: 'What the command printed: JSON where it does, else text; null until it has ended' },
    log: { ...list(text), description: 'Its last notes' },
  }),
  JobHead: object(head),
  Import: object({
    ...{ import_id: text, created_at: instant, files: list(object({ name: text, bytes: count })), bytes: count },
  }),
}

const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const json = (content: Json) => ({ 'application/json': { schema: content } })
const problem = { default: { $ref: '#/components/responses/problem' } }
const at = (description: string) => ({ Location: { description, schema: text } })
const part = (name: string, about: string, more: Json = {}) => ({
  ...{ name, in: 'path', required: true, description: about, schema: { ...text, ...more } },
})
const job = part('job', 'job_id')
const set = part('import', 'import_id')
export const after = {
  ...{ name: 'after', in: 'query', description: 'Id of the last event that was read; `Last-Event-ID` wins' },
  schema: { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 },
}
export const events = (description: string) => ({
  200: { description, content: { 'text/event-stream': { schema: text } } },
  ...problem,
})
const accepted = { description: 'The job, in line', headers: at('The job'), content: json(schema('Job')) }

const kindText = jobKinds.map(({ kind, role, about }) => `| \`${kind}\` | ${role} | ${about} |`).join('\n')

/** What a job of a kind is started with. */
function orderSchema({ kind, about, options }: JobKind): Json {
  const required = Object.keys(options).filter((name) => options[name]?.required)
  const properties = Object.fromEntries(Object.entries(options).map(([name, option]) => [name, optionSchema(option)]))
  return {
    ...{ title: kind, type: 'object', description: about, additionalProperties: false },
    required: required.length > 0 ? ['kind', 'options'] : ['kind'],
    properties: {
      kind: { type: 'string', enum: [kind] },
      options: { type: 'object', additionalProperties: false, required, properties },
    },
  }
}

function optionSchema({ type, choices, about, many }: JobOption): Json {
  if (many)
    return { type: 'array', description: about, minItems: 1, maxItems: mostValues, items: valueSchema(type, choices) }
  return { ...valueSchema(type, choices), description: about }
}

function valueSchema(type: JobOption['type'], choices: JobOption['choices']): Json {
  if (type === 'flag') return { type: 'boolean' }
  if (type === 'choice') return { type: 'string', enum: choices }
  const { pattern, maxLength, example } = optionTypes[type]
  return { type: 'string', pattern, maxLength, examples: [example] }
}

/** Paths of jobs and import sets in the OpenAPI description. */
export const jobPaths: Readonly<Record<string, Json>> = {
  '/api/v1/jobs': {
    get: {
      ...{ operationId: 'listJobs', summary: 'Jobs, newest first', tags: ['jobs'] },
      description: 'Role analyst, not limited to teams.',
      parameters: [
        { name: 'state', in: 'query', schema: { type: 'string', enum: jobStates } },
        ...['cursor', 'limit'].map((name) => ({ $ref: `#/components/parameters/${name}` })),
      ],
      responses: {
        200: {
          description: 'Jobs',
          content: json(object({ jobs: list(schema('JobHead')), meta: object({ next_cursor: nullableText }) })),
        },
        ...problem,
      },
    },
    post: {
      ...{ operationId: 'startJob', summary: 'Start long work', tags: ['jobs'] },
      description: `A command in a process of its own: two at a time, one that writes the lake. Not for keys limited to teams. A file is \`import_id/name\` of an import set.\n\n| kind | role | does |\n| --- | --- | --- |\n${kindText}`,
      requestBody: {
        required: true,
        content: json({
          oneOf: jobKinds.map(orderSchema),
        }),
      },
      responses: { 202: accepted, ...problem },
    },
  },
  '/api/v1/jobs/{job}': {
    get: {
      ...{ operationId: 'showJob', summary: 'A job with its progress, result and notes', tags: ['jobs'] },
      parameters: [job],
      responses: { 200: { description: 'The job', content: json(schema('Job')) }, ...problem },
    },
    delete: {
      ...{ operationId: 'cancelJob', summary: 'Cancel a job', tags: ['jobs'], parameters: [job] },
      description: 'The process is asked to end, and ended after ten seconds. The role of the kind is needed.',
      responses: { 202: { description: 'The job, ending', content: json(schema('Job')) }, ...problem },
    },
  },
  '/api/v1/jobs/{job}/events': {
    get: {
      ...{ operationId: 'followJob', summary: 'What happens to a job, as it happens', tags: ['jobs'] },
      description:
        'Server-sent events: `progress` (label, done, total), `log` (line), and at last `done` (state, exit_code, problem), after which the stream ends. The newest 500 are kept while the job runs.',
      parameters: [job, after],
      responses: events('Events'),
    },
  },
  '/api/v1/imports': {
    get: {
      ...{ operationId: 'listImports', summary: 'Import sets, newest first', tags: ['imports'] },
      description: 'Role admin, not limited to teams, as all of imports.',
      responses: {
        200: {
          description: 'Import sets',
          content: json(object({ imports: list(schema('Import')), meta: object({ largest_bytes: count }) })),
        },
        ...problem,
      },
    },
    post: {
      ...{ operationId: 'createImport', summary: 'Begin an import set', tags: ['imports'] },
      description:
        'Files of one export, with its manifest where it has one. A set that nobody touches for a day is removed.',
      responses: {
        201: { description: 'The set, empty', headers: at('The set'), content: json(schema('Import')) },
        ...problem,
      },
    },
  },
  '/api/v1/imports/{import}': {
    get: {
      ...{ operationId: 'showImport', summary: 'An import set', tags: ['imports'], parameters: [set] },
      responses: { 200: { description: 'The set', content: json(schema('Import')) }, ...problem },
    },
    delete: {
      ...{ operationId: 'deleteImport', summary: 'Forget an import set', tags: ['imports'], parameters: [set] },
      responses: { 200: { description: 'The set as it was', content: json(schema('Import')) }, ...problem },
    },
  },
  '/api/v1/imports/{import}/files/{name}': {
    put: {
      ...{ operationId: 'uploadFile', summary: 'Upload a file of an import set', tags: ['imports'] },
      description:
        'The file is the body, of any type. The name is reduced to a safe one, which the answer tells. The same file again changes nothing; another of the same name is refused.',
      parameters: [set, part('name', 'File name, such as cur-00001.csv.gz', { maxLength: 300 })],
      requestBody: { required: true, content: { 'application/octet-stream': { schema: text } } },
      responses: {
        201: { description: 'The file as it is kept', content: json(object({ name: text, bytes: count })) },
        ...problem,
      },
    },
  },
  '/api/v1/imports/{import}/run': {
    post: {
      ...{ operationId: 'runImport', summary: 'Import the files of a set', tags: ['imports'], parameters: [set] },
      description: 'A job of kind import. When it succeeds, the set is gone.',
      requestBody: {
        required: true,
        content: json({
          type: 'object',
          additionalProperties: false,
          properties: { source: { ...text, description: 'Default: provider and billing account' } },
        }),
      },
      responses: { 202: accepted, ...problem },
    },
  },
}
