export { recommendCommand as savingsCommand } from './recommend.ts'
