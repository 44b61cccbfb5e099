-- Which recommendations fit these filters?
--
-- grain:   one row per finding
-- params:  (null: any)
--   $provider varchar
--   $account  varchar  sub account or billing account
--   $team     varchar  the empty text: nobody's
--   $rule     varchar
--   $class    varchar  evidence class
--   $effort   varchar
--   $risk     varchar
--   $role     varchar  counted, alternative, advisory or unpriced
--   $state    varchar  in the ledger
--   $currency varchar
-- source:  recommendations

from recommendations
where coalesce(provider = $provider::varchar, $provider::varchar is null)
    and coalesce($account::varchar in (sub_account_id, billing_account_id), $account::varchar is null)
    and ($team::varchar is null or coalesce(team, '') = $team::varchar)
    and ($rule::varchar is null or rule = $rule::varchar)
    and ($class::varchar is null or evidence_class = $class::varchar)
    and ($effort::varchar is null or effort = $effort::varchar)
    and ($risk::varchar is null or risk = $risk::varchar)
    and ($role::varchar is null or role = $role::varchar)
    and ($state::varchar is null or state = $state::varchar)
    and ($currency::varchar is null or currency = $currency::varchar)
