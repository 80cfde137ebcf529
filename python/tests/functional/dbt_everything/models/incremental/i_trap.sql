{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='id', on_schema_change='fail') }}
select id, name from {{ source('raw', 'items') }}
