-- as many orders, and as many items, as the source has
select *
from (
    select
        (select count(*) from {{ source('tpch', 'orders') }}) as source_orders,
        (select count(*) from {{ ref('fct_orders') }}) as orders,
        (select count(*) from {{ source('tpch', 'lineitem') }}) as source_items,
        (select sum(item_count) from {{ ref('fct_orders') }}) as items
) as counted
where source_orders <> orders or source_items <> items
