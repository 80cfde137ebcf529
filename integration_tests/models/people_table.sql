{{ config(materialized='table') }}
select id, name, email, salary, country from {{ ref('raw_people') }}
