select id, name, '2024-01-01'::timestamp_ntz as day from {{ ref('raw_people') }}
