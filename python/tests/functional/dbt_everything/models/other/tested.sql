{{ config(materialized='table') }}
select id, upper(name) as name, price * 2 as doubled from {{ ref('colors') }}
