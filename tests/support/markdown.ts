/** Bodies of the fenced code blocks of a language, in order. */
export function codeBlocks(markdown: string, language: string): string[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].flatMap(([, name, body]) =>
    name === language ? [body ?? ''] : [],
  )
}

/** Lines of the block marked `<!-- output: NAME -->`; a line that is only `…` stands for lines left out. */
export function outputBlock(markdown: string, name: string): string[] {
  const body = new RegExp(`<!-- output: ${name} -->\\n\`\`\`text\\n([\\s\\S]*?)\`\`\``).exec(markdown)?.[1]
  if (body === undefined) throw new Error(`no block is marked as output of ${name}`)
  return body.split('\n').filter((line) => line !== '' && line !== '…')
}

/** Arguments of every `costwright …` command in the shell blocks, comments left out. */
export function costwrightCommands(markdown: string): string[][] {
  return codeBlocks(markdown, 'sh')
    .flatMap((block) => block.replace(/\\\n/g, ' ').split('\n'))
    .flatMap((line) => /^(?:npm run -s costwright --|costwright) (.*)$/.exec(line.replace(/\s+#.*$/, ''))?.[1] ?? [])
    .map((line) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? ''))
}

/** Relative link targets, and paths of the repository in backticks. */
export function mentionedPaths(markdown: string): string[] {
  const links = [...markdown.matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target]) => target ?? '')
  const quoted = [...markdown.matchAll(/`((?:src|queries|docs|tests|bench|fixtures)\/[\w./-]+)`/g)]
  return [...links, ...quoted.map(([, path]) => `/${path}`)]
}
