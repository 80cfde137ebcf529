select id, name, salary from {{ ref('raw_people') }}
