{{ config(materialized='table', schema='extra', alias='moved') }}
select id, name from {{ ref('colors') }}
