import type { Answer } from './answer-parts.ts'
import type { Overview } from './overview-data.ts'
import { tagAnswer, unitAnswer } from './ownership-answers.ts'
import { commitmentAnswer, varianceAnswer } from './plan-answers.ts'

/** The four answers in the order of the page. */
export function answersOf(overview: Overview): Answer[] {
  return [tagAnswer(overview), unitAnswer(overview), varianceAnswer(overview), commitmentAnswer(overview)]
}
