{{ config(materialized='incremental', unique_key='id', on_schema_change='ignore', tags=['evolving']) }}
select id, word, code {% if is_incremental() %}, 'new' as word2 {% endif %} from {{ source('raw', 'wide') }}
