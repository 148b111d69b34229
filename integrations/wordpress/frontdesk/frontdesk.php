<?php
/**
 * Plugin Name:       Frontdesk
 * Description:       Puts an enquiry form of your Frontdesk into pages and posts: a block, and the shortcode [frontdesk].
 * Version:           0.1.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * License:           MIT
 * License URI:       https://opensource.org/license/mit
 * Text Domain:       frontdesk
 *
 * The MIT licence is compatible with WordPress' GPL.
 *
 * @package Frontdesk
 */

namespace Frontdesk;

defined( 'ABSPATH' ) || exit;

const OPTION = 'frontdesk'; // What the settings page keeps: an array of `server` and `form`.

require __DIR__ . '/includes/element.php';

add_action( 'init', __NAMESPACE__ . '\\register' );

if ( is_admin() ) {
	require __DIR__ . '/includes/address.php';
	require __DIR__ . '/includes/check.php';
	require __DIR__ . '/includes/settings.php';
	add_action( 'admin_init', __NAMESPACE__ . '\\register_settings' );
	add_action( 'admin_menu', __NAMESPACE__ . '\\add_settings_page' );
	add_filter( 'plugin_action_links_' . plugin_basename( __FILE__ ), __NAMESPACE__ . '\\link_settings' );
}

/**
 * Add the shortcode and the block.
 */
function register(): void {
	add_shortcode( 'frontdesk', __NAMESPACE__ . '\\shortcode' );
	$block = register_block_type( __DIR__ . '/block', array( 'render_callback' => __NAMESPACE__ . '\\block' ) );
	if ( ! $block ) {
		return;
	}
	$facts = array(
		'form'     => option( 'form' ),
		'ready'    => '' !== option( 'server' ),
		'settings' => admin_url( 'options-general.php?page=frontdesk' ),
	);
	foreach ( $block->editor_script_handles as $handle ) {
		wp_add_inline_script( $handle, 'window.frontdeskBlock = ' . wp_json_encode( $facts, JSON_HEX_TAG ) . ';', 'before' );
	}
}

/**
 * What the settings page keeps under a name; empty if nothing.
 *
 * @param string $name `server`, the address without a slash at its end, or `form`, the default one.
 */
function option( string $name ): string {
	$kept = get_option( OPTION );
	return is_array( $kept ) && is_string( $kept[ $name ] ?? null ) ? $kept[ $name ] : '';
}
