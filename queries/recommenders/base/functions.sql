-- Functions that recommenders share. A month is 730 hours (specs/optimisation.md, Money).

-- Amount of a period as a monthly figure. The period starts on the day of the first charge in the look-back and ends with the look-back,
-- so an office-hours machine costs what a month of office hours costs, and a resource that is ten days old is scaled from ten days.
create or replace temp macro per_month(amount, first_at, end_date) as
    (cast(amount as decimal(28, 10)) * 730 / greatest(date_diff('hour', date_trunc('day', first_at), cast(end_date as timestamp)), 1))::decimal(38, 10);

-- Ratio applied to money, exact to 12 digits of the ratio.
create or replace temp macro share_of(amount, ratio) as (cast(amount as decimal(24, 10)) * cast(ratio as decimal(14, 12)))::decimal(38, 10);

-- Product of a quantity and a unit price. One factor is wider than 18 digits, or the engine keeps the product in 18 and overflows at 100.
create or replace temp macro priced_at(quantity, unit_price) as (cast(quantity as decimal(20, 6)) * cast(unit_price as decimal(18, 10)))::decimal(38, 10);

-- Provisioned size from GB-months: 90 GB-months in 216 of the 720 hours of a month are a volume of 300 GB (vector O13).
-- `quantity_hours` = Σ quantity × hours of its month, column of usage_days.
create or replace temp macro provisioned_size(quantity_hours, hours) as cast(quantity_hours as double) / nullif(hours, 0);

create or replace temp macro hours_in_month(day) as
    date_diff('hour', date_trunc('month', cast(day as timestamp)), date_trunc('month', cast(day as timestamp)) + interval 1 month);

-- Whether a charge says that something was used: by its quantity, by its cost where the bill has no quantities.
create or replace temp macro was_used(quantity, cost) as coalesce(quantity, cost) > 0;

-- Environments that need not run at night: a dimension from tags or the account's configuration, never guessed from a name.
create or replace temp macro is_non_production(environment) as
    regexp_full_match(lower(environment), '(non-?prod(uction)?|dev(el(opment)?)?|test(ing)?|qa|uat|stag(e|ing)|stg|sandbox|preprod|int(egration)?|demo)');

-- aws, azure or gcp from what exports call the provider; anything else in lower case.
create or replace temp macro cloud_of(name) as case
    when regexp_matches(name, '(?i)^(aws|amazon)') then 'aws'
    when regexp_matches(name, '(?i)^(microsoft|azure)') then 'azure'
    when regexp_matches(name, '(?i)^(google|gcp)') then 'gcp'
    else lower(name)
end;

-- AWS usage type without its region prefix: EUC1-EBS:VolumeUsage.gp3 is EBS:VolumeUsage.gp3. Other clouds' meters stay.
create or replace temp macro meter_of(provider, meter) as
    if(provider = 'aws', regexp_replace(meter, '^((EU|US|AP|JP|SA|IN|AU|CA|ZA|ME)|US[EW][12]|EU[WCNS][12]|EUW3|AP[NSE][1-9]|APC1|SAE1|CA[NW]1|AFS1|ME[SC]1|ILC1|MXC1|UG[WE]1|CN[NW]1)-', ''), meter);
