-- Functions that the files in queries/ call by name; DuckDB dialect. The ClickHouse twin defines the same names.

-- Amount as text -> exact decimal. Plain and exponent numbers take the first cast; the rest is what people's exports hold:
-- blanks, currency signs and codes, thousands separators, accounting parentheses. Anything else stops the import.
create or replace macro decimal_core(t, x) as case
    when t = '' or lower(t) in ('nan', 'none', '-') then null
    when regexp_full_match(t, '[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?') then cast(t as decimal(38, 15))
    when regexp_full_match(t, '[+-]?[0-9]{1,3}([,''’][0-9]{2,3})*[,''’][0-9]{3}(\.[0-9]+)?') then cast(regexp_replace(t, '[,''’]', '', 'g') as decimal(38, 15))
    when regexp_full_match(t, '\([0-9.,]+\)|[0-9.,]+-') then -cast(regexp_replace(t, '[(),-]', '', 'g') as decimal(38, 15))
    else error('not a number: ' || x)
end;
create or replace macro bare_amount(x) as
    regexp_replace(regexp_replace(replace(x, '−', '-'), '[\s\x{00A0}\x{202F}$€£¥%]', '', 'g'), '^([+-]?)[A-Z]{3}|[A-Z]{3}$', '\1');
create or replace macro comma_amount(x) as replace(regexp_replace(x, '[.\s\x{00A0}\x{202F}''’]', '', 'g'), ',', '.');
create or replace macro decimal_text(x) as decimal_core(bare_amount(x), x);
-- Casting text to a wide DECIMAL costs a microsecond, to an 18-digit one a fortieth: numbers of up to ten decimals, then of up to
-- fifteen, go through the narrow type, which holds them exactly; numbers too large for it give null there and take the wide cast.
create or replace macro narrow_decimal(x, decimals) as length(x) - strpos(x, '.') <= decimals and not contains(x, 'e') and not contains(x, 'E');
create or replace macro parse_decimal(x) as coalesce(
    case when narrow_decimal(x, 10) then cast(try_cast(x as decimal(18, 10)) as decimal(38, 15)) end,
    case when narrow_decimal(x, 3) then cast(try_cast(x as decimal(18, 3)) as decimal(38, 15)) end,
    case when narrow_decimal(x, 15) then cast(try_cast(x as decimal(18, 15)) as decimal(38, 15)) end,
    case when x is null then null else coalesce(try_cast(x as decimal(38, 15)), decimal_text(x)) end
);

-- A double as the shortest decimal that reads back as the same double. Up to 15 digits the round trip proves it; the rest goes by text.
create or replace macro decimal_of_double(x) as case
    when x is null or isnan(x) then null
    when abs(x) < 1e5 and cast(try_cast(x as decimal(18, 10)) as double) = x then cast(try_cast(x as decimal(18, 10)) as decimal(38, 15))
    when abs(x) < 1e9 and cast(try_cast(x as decimal(18, 6)) as double) = x then cast(try_cast(x as decimal(18, 6)) as decimal(38, 15))
    when abs(x) < 1e15 and cast(try_cast(x as decimal(18, 0)) as double) = x then cast(try_cast(x as decimal(18, 0)) as decimal(38, 15))
    else cast(cast(x as varchar) as decimal(38, 15))
end;

-- The same for files whose decimal separator is a comma: 1.234,56.
create or replace macro parse_decimal_comma(x) as case when x is null then null else decimal_text(comma_amount(x)) end;

-- Whether parse_decimal (or its twin for decimal commas) reads the text: finds the cell behind a refused file.
create or replace macro is_amount(x, decimal_comma) as x is null or regexp_full_match(
    bare_amount(case when decimal_comma then comma_amount(x) else x end),
    '|-|(?i:nan|none)|[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?[0-9]{1,3}([,''’][0-9]{2,3})*[,''’][0-9]{3}(\.[0-9]+)?|\([0-9.,]+\)|[0-9.,]+-');

-- Instant as text -> UTC timestamp; null when it is no instant (the importer reports those). No zone means UTC.
create or replace macro instant_number(n) as case
    when n >= 1e14 then make_timestamp(cast(n as bigint))
    when n >= 1e11 then make_timestamp(cast(n * 1000 as bigint))
    when n >= 1e8 then make_timestamp(cast(n * 1000000 as bigint))
end;
create or replace macro instant_text(t, slash_formats) as case
    when t = '' then null
    when regexp_full_match(t, '[0-9]{8}') then try_strptime(t, '%Y%m%d')
    when regexp_full_match(t, '[0-9]{8}T[0-9]{6}(\.[0-9]+)?Z?') then try_strptime(left(t, 15), '%Y%m%dT%H%M%S')
    when regexp_full_match(t, '[0-9]+(\.[0-9]+)?([eE]\+?[0-9]+)?') then instant_number(try_cast(t as double))
    when regexp_full_match(t, '[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}.*') then try_strptime(t, ['%d.%m.%Y', '%d.%m.%Y %H:%M', '%d.%m.%Y %H:%M:%S'])
    when contains(t, '/') then try_strptime(t, slash_formats)
    when regexp_full_match(t, '[0-9]{1,2}-[A-Za-z]{3}-[0-9]{2,4}') then try_strptime(t, ['%d-%b-%Y', '%d-%b-%y'])
    else coalesce(
        try_cast(try_cast(t as timestamptz) as timestamp),
        try_cast(try_cast(regexp_replace(replace(t, 'T', ' '), '([0-9]{2}:[0-9]{2})\s*(Z|UTC)$', '\1:00') as timestamptz) as timestamp)
    )
end;
create or replace macro parse_instant(x) as case
    when regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z?)?') then try_cast(x as timestamp)
    when x is null then null
    else instant_text(trim(x), ['%m/%d/%y', '%m/%d/%Y', '%m/%d/%y %H:%M', '%m/%d/%Y %H:%M', '%m/%d/%Y %H:%M:%S', '%m/%d/%Y %I:%M:%S %p'])
end;
create or replace macro parse_instant_day_first(x) as case
    when x is null then null
    else instant_text(trim(x), ['%d/%m/%y', '%d/%m/%Y', '%d/%m/%y %H:%M', '%d/%m/%Y %H:%M', '%d/%m/%Y %H:%M:%S'])
end;

-- JSON as text: passed on when valid; Python-style text (single quotes, None, True, Decimal('…'), numpy arrays) is rewritten first,
-- quoted pieces and the rest apart.
create or replace macro python_token(t) as case left(t, 1)
    when '''' then '"' || replace(replace(regexp_replace(t[2:-2], '\\x([0-9a-fA-F]{2})', '\\u00\1', 'g'), '\''', ''''), '"', '\"') || '"'
    when '"' then regexp_replace(t, '\\x([0-9a-fA-F]{2})', '\\u00\1', 'g')
    else regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(t,
        '\bnp\.\w+\(([^()]*)\)', '\1', 'g'), '\b(None|nan|NaN)\b', 'null', 'g'), '\bTrue\b', 'true', 'g'), '\bFalse\b', 'false', 'g'),
        '\barray\(|,?\s*dtype=object\)', '', 'g'), '\}\s+\{', '}, {', 'g')
end;
create or replace macro python_to_json(x) as array_to_string(list_transform(
    regexp_extract_all(regexp_replace(x, 'Decimal\(''([^'']*)''\)', '\1', 'g'), '''(?:[^''\\]|\\.)*''|"(?:[^"\\]|\\.)*"|[^''"]+'),
    lambda t: python_token(t)), '');
-- Line ends inside of JSON strings must be escaped; hand-made exports forget it.
create or replace macro json_lines(x) as replace(replace(replace(x, chr(13), '\r'), chr(10), '\n'), chr(9), '\t');
create or replace macro parse_json(x) as case
    when x is null or trim(x) = '' then null
    when json_valid(x) then x
    when json_valid('{' || x || '}') then '{' || x || '}'
    when contains(x, chr(10)) and json_valid(json_lines(x)) then json_lines(x)
    when json_valid(python_to_json(x)) then python_to_json(x)
    when json_valid('{' || python_to_json(x) || '}') then '{' || python_to_json(x) || '}'
    else to_json(x)::varchar
end;

-- Tags in any of their shapes -> MAP: JSON object, object without braces, array of key/value structs, Python-style text.
-- Of a key given twice the first stands. Text that is none of these is kept whole under the key `unparsed`.
create or replace macro entries_to_map(l) as
    map_from_entries(list_filter(l, lambda e, i: list_position(list_transform(l, lambda o: o.key), e.key) = i and e.key is not null));
create or replace macro map_of_json(j) as case
    when json_type(j) = 'OBJECT' then entries_to_map(map_entries(cast(j as map(varchar, varchar))))
    when json_type(j) = 'ARRAY' then entries_to_map(list_transform(
        cast(j as json[]), lambda e: {'key': coalesce(e->>'key', e->>'Key', e->>'name'), 'value': coalesce(e->>'value', e->>'Value')}))
end;
-- Plain JSON objects without doubled keys, with or without braces, nearly all there is, are read in one step. Validity is asked
-- first, because a raised error costs twelve microseconds; the lambda names the map, which would be read again at each mention.
create or replace macro has_doubles(l) as len(list_filter(l, lambda e, i: list_position(l, e) < i)) > 0;
create or replace macro plain_map(x) as list_transform(
    [case when json_valid(x) then try(from_json(x, '"MAP(VARCHAR,VARCHAR)"')) end],
    lambda m: case when not has_doubles(map_keys(m)) then m end)[1];
create or replace macro parse_map(x) as case
    when x is null or x in ('', '{}', '[]', '"{}"') then null
    else coalesce(
        case when starts_with(x, '{') then plain_map(x) when starts_with(x, '"') then plain_map('{' || x || '}') end,
        case when trim(x) not in ('', '{}', '[]') then odd_map(x) end)
end;
create or replace macro odd_map(x) as case
    when json_valid(x) and json_array_length(try_cast(x as json)) = 0 and json_type(x) = 'ARRAY' then null
    else coalesce(map_of_json(try_cast(parse_json(x) as json)), map {'unparsed': x})
end;
