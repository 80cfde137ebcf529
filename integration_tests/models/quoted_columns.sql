{{ config(materialized='table') }}
select id, name as "First Name", email as "select", country as "Country" from {{ ref('raw_people') }}
