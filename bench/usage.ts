import { writeFileSync } from 'node:fs'

// Loaded before a measured program (node --import): leaves its peak memory in the file that BENCH_USAGE names.
process.on('exit', () => {
  const target = process.env['BENCH_USAGE']
  if (target) writeFileSync(target, String(process.resourceUsage().maxRSS * 1024))
})
