/** Tokens of the keys that there are. */
export interface EstateKeys {
  readonly admin: string
  readonly viewer: string
  /** Used by the test of rates alone. */
  readonly flooding: string
  /** Of somebody who sees `limitedTeam` only. */
  readonly team: string
  /** Of a key whose time is over. */
  readonly ended: string
}

/** Under which server and Worker are asked, so that their answers can be compared. */
export const estateUrl = 'https://costs.example.com'
export const limitedTeam = 'search'
